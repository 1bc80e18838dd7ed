"""Import and export of customers."""
