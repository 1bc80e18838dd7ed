"""Customers: the people and firms the shop knows, signed in or not."""
