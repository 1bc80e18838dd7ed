"""Figures: how the shop did on each day, counted once when the day is over."""
