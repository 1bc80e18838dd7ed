"""What a campaign is written in: blocks of a few kinds, one below the other, each a flat dict of texts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from portal.foundation.forms import is_clean
from portal.foundation.text import _, lazy
from portal.newsletter.rules import markdown

Block = dict[str, str]
MOST = 40  # blocks of a message
LONGEST = 10_000  # characters of a text in Markdown
LONGEST_LINE = 255  # of a heading or the words of a button
LONGEST_LINK = 2000
SCHEMES = ("https", "http", "mailto", "tel")
LINK_FIELDS = ("unsubscribe_url", "preferences_url", "view_url", "why_url")
_LINK_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_PLACE = re.compile(r"block-(\d{1,3})-kind")


class Kind(StrEnum):
    """Kinds of blocks."""

    HEADING = "heading"
    TEXT = "text"
    PICTURE = "picture"
    BUTTON = "button"
    COLUMNS = "columns"
    DIVIDER = "divider"


WORDS = {
    Kind.HEADING: lazy("Heading"),
    Kind.TEXT: lazy("Text"),
    Kind.PICTURE: lazy("Picture"),
    Kind.BUTTON: lazy("Button"),
    Kind.COLUMNS: lazy("Two columns"),
    Kind.DIVIDER: lazy("Line"),
}
PARTS = {
    Kind.HEADING: ("text",),
    Kind.TEXT: ("text",),
    Kind.PICTURE: ("picture", "href"),
    Kind.BUTTON: ("text", "href"),
    Kind.COLUMNS: ("left", "right"),
    Kind.DIVIDER: (),
}
IN_MARKDOWN = {(Kind.TEXT, "text"), (Kind.COLUMNS, "left"), (Kind.COLUMNS, "right")}


@dataclass(frozen=True)
class Act:
    """What a button of the editor does to the blocks; `place` counts from 0."""

    what: str  # add, up, down, remove
    kind: str = ""
    place: int = 0


def first() -> list[Block]:
    """What a new message begins with."""
    return [empty(Kind.HEADING), empty(Kind.TEXT)]


def empty(kind: Kind) -> Block:
    """A block that says nothing yet."""
    return {"kind": kind.value} | dict.fromkeys(PARTS[kind], "")


def read(typed: Mapping[str, str]) -> list[Block]:
    """The blocks of a form, in its order; what is no block is left out."""
    places = sorted(int(found[1]) for name in typed if (found := _PLACE.fullmatch(name)))
    kinds = [(place, typed[f"block-{place}-kind"]) for place in places if f"block-{place}-kind" in typed]
    return [_read(typed, place, Kind(kind)) for place, kind in kinds if kind in set(Kind)]


def written(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """Blocks as the fields of a form that `read` reads."""
    return [(f"block-{place}-{name}", text) for place, block in enumerate(blocks) for name, text in block.items()]


def read_act(text: str) -> Act | None:
    """The act of a button, None for what is none."""
    what, _colon, about = text.partition(":")
    if what == "add" and about in set(Kind):
        return Act("add", kind=about)
    if what in ("up", "down", "remove") and about.isascii() and about.isdigit() and len(about) <= 3:
        return Act(what, place=int(about))
    return None


def done(act: Act, blocks: Sequence[Block]) -> tuple[list[Block], int]:
    """The blocks after an act, and the place of the block to look at then; one that makes no sense changes nothing."""
    after, place = list(blocks), act.place
    if act.what == "add":
        if len(after) < MOST:
            after.append(empty(Kind(act.kind)))
        return after, len(after) - 1
    if place >= len(after):
        return after, max(0, len(after) - 1)
    if act.what == "remove":
        del after[place]
        return after, max(0, min(place, len(after) - 1))
    other = place - 1 if act.what == "up" else place + 1
    if 0 <= other < len(after):
        after[place], after[other] = after[other], after[place]
        place = other
    return after, place


def faults(blocks: Sequence[Block]) -> dict[str, str]:
    """What cannot be kept, by the name of its field; what is only not finished yet is for the check list."""
    found: dict[str, str] = {}
    if len(blocks) > MOST:
        found["blocks"] = _("A message has %(n)s blocks at the most. Join some of them.", n=MOST)
    for place, block in enumerate(blocks):
        for name in PARTS[Kind(block["kind"])]:
            if words := _fault(Kind(block["kind"]), name, block[name]):
                found[f"block-{place}-{name}"] = words
    return found


def texts(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    """Every text of the blocks with the name of its field."""
    return [
        (f"block-{place}-{name}", block[name])
        for place, block in enumerate(blocks)
        for name in PARTS[Kind(block["kind"])]
        if name != "picture"
    ]


def unfinished(blocks: Sequence[Block]) -> list[str]:
    """What lacks something, in words: a heading without text, a button that leads nowhere, a picture not chosen."""
    lacking = []
    for place, block in enumerate(blocks):
        needed = [name for name in PARTS[Kind(block["kind"])] if (block["kind"], name) != (Kind.PICTURE, "href")]
        if not all(block[name].strip() for name in needed):
            lacking.append(f"{place + 1}: {WORDS[Kind(block['kind'])]}")
    return lacking


def links(blocks: Sequence[Block]) -> list[str]:
    """Where the links, buttons and pictures lead."""
    found = []
    for block in blocks:
        for name in PARTS[Kind(block["kind"])]:
            if name == "href" and block[name]:
                found.append(block[name])
            elif (Kind(block["kind"]), name) in IN_MARKDOWN:
                found += markdown.links(block[name])
    return found


def pictures(blocks: Sequence[Block]) -> set[int]:
    """Numbers of the pictures that are shown."""
    return {int(block["picture"]) for block in blocks if block.get("picture")}


def is_link(text: str) -> bool:
    """Whether a link may stand in a mail: a whole address, a mailbox, a telephone, or a field that is one."""
    if found := _LINK_FIELD.fullmatch(text):
        return found[1] in LINK_FIELDS
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and "{{" not in text and " " not in text
    return parts.scheme in SCHEMES and bool(parts.path) and "{{" not in text


def _read(typed: Mapping[str, str], place: int, kind: Kind) -> Block:
    block = empty(kind)
    for name in PARTS[kind]:
        text = typed.get(f"block-{place}-{name}", "").replace("\r\n", "\n")
        block[name] = text if (kind, name) in IN_MARKDOWN else " ".join(text.split())
    return block


def _fault(kind: Kind, name: str, text: str) -> str:
    most = LONGEST_LINK if name == "href" else LONGEST if (kind, name) in IN_MARKDOWN else LONGEST_LINE
    if not is_clean(text):
        return _("This has a character that can’t be shown. Type it instead of pasting it.")
    if len(text) > most:
        return _("This must be %(n)s characters or fewer", n=f"{most:,}")
    if name == "picture":
        return "" if not text or (text.isascii() and text.isdigit() and len(text) < 10) else _("Choose a picture")
    if name == "href":
        return "" if not text or is_link(text) else _("Enter a whole address, like https://shop.example/offers")
    if (kind, name) in IN_MARKDOWN:
        wrong = [link for link in markdown.links(text) if not is_link(link)]
        return (
            _("%(link)s is no whole address. Write it like https://shop.example/offers", link=wrong[0][:80])
            if wrong
            else ""
        )
    return ""
