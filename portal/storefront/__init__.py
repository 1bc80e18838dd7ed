"""Door for customers: the pages that need several features at once."""
