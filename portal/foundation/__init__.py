"""Mechanisms that know no feature; each module is named for the one thing it does."""
