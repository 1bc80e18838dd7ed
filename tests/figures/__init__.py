"""Figures of the days: counted once, true, and told in words."""
