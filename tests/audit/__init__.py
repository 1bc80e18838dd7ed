"""Audit: one chain of everything that was done."""
