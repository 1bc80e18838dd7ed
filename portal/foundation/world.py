"""What the processes keep of Babel's knowledge of the world: what pages and mails say, not what they never ask for.

Babel reads all it knows with the first language, and keeps it: three megabytes, half of them about languages that a
script is written in, about what people in each territory speak, and how to say "3 acre-feet".
"""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import babel
from babel import core, localedata

SELDOM = frozenset({"likely_subtags", "territory_currencies", "territory_languages"})  # of the world
# Of each language.
NEVER = ("unit_patterns", "unit_display_names", "compound_unit_patterns", "currency_names_plural", "interval_formats")
FILE = Path(babel.__file__).with_name("global.dat")


def forget_most() -> None:
    """Have Babel keep little of what it reads from here on; it offers no way to say so."""
    if not isinstance(localedata._cache, Languages):  # noqa: SLF001 - see above
        core._global_data = World()  # type: ignore[assignment]  # noqa: SLF001 - see above
        localedata._cache = Languages()  # noqa: SLF001 - see above


class World(dict[str, Mapping[str, Any]]):
    """Facts by their kind: read with the first that is asked for, those of rare kinds whenever one is, and not kept."""

    def get(self, key: str, default: Any = None) -> Any:
        """All facts of a kind."""
        if key in self:
            return self[key]
        with FILE.open("rb") as file:
            found: dict[str, Mapping[str, Any]] = pickle.load(file)  # noqa: S301 - the library's own
        self.update({kind: facts for kind, facts in found.items() if kind not in SELDOM})
        return found.get(key, default)


class Languages(dict[str, dict[str, Any]]):
    """What is known of each language, without what nobody says here."""

    def __setitem__(self, name: str, known: dict[str, Any]) -> None:
        for kind in NEVER:
            known.pop(kind, None)
        super().__setitem__(name, known)
