"""Pure decisions of this feature."""
