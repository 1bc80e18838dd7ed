"""Addresses of the portal: the two functions that write one out are made when it is first written."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Built = tuple[str, str]  # domain and path


class Route(Rule):
    """An address. Werkzeug makes programs for all of them at start: a megabyte, and most are never written anywhere."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Built]:  # noqa: FBT001, FBT002 - Werkzeug's
        make = super()._compile_builder

        def build(route: "Route", /, **values: Any) -> Built:
            made: Callable[..., Built] = make(append_unknown).__get__(route, None)
            if append_unknown:
                route._build_unknown = made  # noqa: SLF001 - it is this one
            else:
                route._build = made  # noqa: SLF001 - as above
            return made(**values)

        return build
