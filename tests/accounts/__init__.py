"""Tests of accounts, by flow."""
