"""The verbs of this feature: consent and leaving; each step is a line of the ledger and the state it leads to."""
