"""Door for operators: flask commands, one module per concern."""
