"""Ledgers: tables that only grow, every line sealed together with all lines before it, whichever table it is of."""
