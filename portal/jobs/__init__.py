"""Jobs: long work as a row with an owner, progress, result and resume point."""
