"""Stores: the places where customers buy."""
