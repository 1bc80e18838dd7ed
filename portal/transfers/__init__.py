"""Transfers: customers from files and into files."""
