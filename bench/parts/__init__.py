"""What is measured: one module per part with `run(size) -> list[Figure]`; its docstring is its headline."""

import pkgutil


def names() -> list[str]:
    """All parts, by name."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))
