"""What every list page needs: filters kept in the address, and the way to the neighbouring pages."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request

from portal.foundation.pagination import COUNTED, Page, sorted_by
from portal.foundation.text import _


def address(path: str, values: Mapping[str, str], **changed: str) -> str:
    """A list's address with its filters; empty ones are left out."""
    kept = {name: value for name, value in {**values, **changed}.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def neighbours(path: str, values: Mapping[str, str], page: Page[Any]) -> dict[str, str]:
    """Addresses of the page before and after, empty at the ends, as the pager takes them.

    Whoever stood on a page that has no rows any more is led to the first one, instead of being told that there is
    nothing.
    """
    if not page.rows and sorted_by(request.args.get("after") or request.args.get("before", "")):
        abort(redirect(address(path, values)))
    return {
        "previous": address(path, values, before=page.before) if page.before else "",
        "next": address(path, values, after=page.after) if page.after else "",
    }


def chips(path: str, values: Mapping[str, str], words: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters that are on, in words, each with the address without it."""
    return [(said, address(path, values, **{name: ""})) for name, said in words.items() if values.get(name)]


def figure(count: int) -> str:
    """A count in words; past COUNTED nobody counts."""
    return f"{count:,}" if count <= COUNTED else _("More than %(n)s", n=f"{COUNTED:,}")


def day(text: str) -> date | None:
    """The day of a filter, None when the text is none that a shop has customers from."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(1900, 1, 1) <= found <= date(2200, 1, 1) else None
