"""Jobs: steps, ends, claims, and what a kill leaves."""
