"""Groups: terms a customer may apply for, and the decision on each application."""
