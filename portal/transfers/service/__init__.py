"""The verbs of transfers, one module per flow."""
