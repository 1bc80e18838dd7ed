"""Nobody learns from the answer, or from the work behind it, whether an address is known."""
