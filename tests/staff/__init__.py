"""Tests of staff and their door."""
