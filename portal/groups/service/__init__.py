"""The verbs of groups, one module per topic."""
