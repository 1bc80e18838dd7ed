"""The verbs of this feature, one module per flow."""
