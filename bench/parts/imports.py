"""Imports: 100,000 customers in by the worker, beside what their rows cost bare."""

from bench import imports, shops
from bench.figures import Figure


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    with shops.opened(database, size) as portal:
        return imports.measure(portal, size)
