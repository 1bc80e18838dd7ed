"""Pure decisions: which columns there are, and what a cell may say."""
