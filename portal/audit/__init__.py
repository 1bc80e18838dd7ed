"""Audit: who did what to whom, written beside the change itself."""
