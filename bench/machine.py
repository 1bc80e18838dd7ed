"""What the figures were measured on: machine, versions, load; nothing that tells whose machine it is."""

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("Flask", "SQLAlchemy", "gunicorn", "bcrypt", "psycopg", "Flask-Mail")


def describe() -> dict[str, object]:
    """The machine and how busy it is."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.system(),
        "load_before": load(),
    }


def load() -> list[float]:
    """How many wanted the processor in the last 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def versions() -> dict[str, str]:
    """Of everything that a figure may depend on; a database server's stands with its figures."""
    return {
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
    }


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
