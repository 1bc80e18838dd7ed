"""Markdown as it stands in mails: HTML with its style inline, and the same in plain text; HTML in Markdown is text.

Merge fields are taken out before and put back after, so that neither Markdown nor escaping touches what is in them.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

FIELD = re.compile(r"\{\{[^{}\n]*\}\}")
# As components/mail.html writes them: class for dark mode, style for programs that read nothing else.
_INK, _LINK = "color:#17201c", "color:#0b5c9e;text-decoration:underline"
_TEXT = f"font-size:16px;line-height:24px;{_INK}"
STYLES = {
    "p": ("m-ink", f"margin:0 0 16px;{_TEXT}"),
    "ul": ("m-ink", f"margin:0 0 16px;padding-left:22px;{_TEXT}"),
    "ol": ("m-ink", f"margin:0 0 16px;padding-left:22px;{_TEXT}"),
    "li": ("m-ink", f"margin:0 0 4px;{_TEXT}"),
    "blockquote": ("m-ink m-line", f"margin:0 0 16px;padding:4px 0 0 16px;border-left:3px solid #dfe3e0;{_TEXT}"),
    "pre": ("m-ink", f"margin:0 0 16px;white-space:pre-wrap;font-family:monospace;{_TEXT}"),
    "hr": ("m-line", "margin:24px 0;border:0;border-top:1px solid #dfe3e0"),
    "a": ("m-link", _LINK),
} | {
    f"h{level}": ("m-ink", f"margin:24px 0 8px;font-size:18px;line-height:24px;font-weight:700;{_INK}")
    for level in range(1, 7)
}


@cache
def _reader() -> "MarkdownIt":
    """Made when the first campaign is read: most web workers never meet one, and it is three megabytes."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as it says above

    return MarkdownIt("commonmark", {"html": False}).disable(["image"])


def html(text: str) -> str:
    """Markdown as the HTML of a mail."""
    return _around_fields(text, _html)


def plain(text: str) -> str:
    """Markdown as plain text: what it says, with addresses of links written out behind their words."""
    return _around_fields(text, lambda bare: _blocks(_reader().parse(bare)))


def links(text: str) -> list[str]:
    """Where the links of a Markdown text lead, in its order."""
    found: list[str] = []
    _around_fields(text, lambda bare: "\n".join(_hrefs(_reader().parse(bare))), found.append)
    return [link for link in "\n".join(found).split("\n") if link]


def _around_fields(text: str, render: Callable[[str], str], told: Callable[[str], None] = lambda _: None) -> str:
    mark = f"field{secrets.token_hex(8)}n"  # nobody writes it, not by way of &#102; either
    fields = FIELD.findall(text)
    numbers = iter(range(len(fields)))
    done = render(FIELD.sub(lambda _found: f"{mark}{next(numbers)}z", text))
    done = re.sub(rf"{mark}(\d+)z", lambda found: fields[int(found[1])], done)
    told(done)
    return done


def _html(text: str) -> str:
    tokens = _reader().parse(text)
    for token in _all(tokens):
        name, style = STYLES.get(token.tag, ("", ""))
        if style and token.nesting >= 0:
            token.attrSet("class", name)
            token.attrSet("style", style)
    made: str = _reader().renderer.render(tokens, _reader().options, {})
    return made


def _all(tokens: "Iterable[Token]") -> "Iterable[Token]":
    for token in tokens:
        yield token
        yield from token.children or ()


def _hrefs(tokens: "Iterable[Token]") -> list[str]:
    return [str(token.attrs["href"]) for token in _all(tokens) if token.type == "link_open"]


class _Paper:
    """Where plain text is written, line by line, with the marks of the lists and quotations around it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.marks: list[str] = []
        self.numbers: list[int] = []  # of the next items; 0 in lists without

    def read(self, token: "Token") -> None:
        """Write down what a token says."""
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if self.lines and not self.marks:
                self.lines.append("")
            self.numbers.append(int(token.attrs.get("start", 1)) if token.tag == "ol" else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.numbers.pop()
        elif token.type == "list_item_open":
            self.marks.append(f"{self.numbers[-1]}. " if self.numbers[-1] else "- ")
            self.numbers[-1] += bool(self.numbers[-1])
        elif token.type == "blockquote_open":
            self.marks.append("> ")
        elif token.type in ("list_item_close", "blockquote_close"):
            self.marks.pop()
        elif token.type in _SAID:
            self.add(_SAID[token.type](token))

    def add(self, text: str) -> None:
        """Write a paragraph; items of a list follow each other without a line between."""
        is_item = bool(self.marks and self.numbers)
        if self.lines and self.lines[-1] != "" and not (is_item and _is_item(self.lines[-1])):
            self.lines.append("")
        first = "".join(self.marks)
        later = "".join(mark if mark == "> " else " " * len(mark) for mark in self.marks)
        self.lines += [(later if number else first) + line for number, line in enumerate(text.split("\n"))]


def _blocks(tokens: "Iterable[Token]") -> str:
    paper = _Paper()
    for token in tokens:
        paper.read(token)
    return "\n".join(paper.lines)


def _is_item(line: str) -> bool:
    return re.match(r"\s*(- |\d+\. )", line) is not None


def _inline(tokens: "Sequence[Token]") -> str:
    said, hrefs = "", list[tuple[str, int]]()
    for token in tokens:
        match token.type:
            case "softbreak" | "hardbreak":
                said += "\n"
            case "link_open":
                hrefs.append((str(token.attrs["href"]), len(said)))
            case "link_close":
                href, start = hrefs.pop()
                said += "" if said[start:] in (href, href.removeprefix("mailto:")) else f" ({href})"
            case _:
                said += token.content
    return said


_SAID: "dict[str, Callable[[Token], str]]" = {
    "inline": lambda token: _inline(token.children or ()),
    "code_block": lambda token: token.content.rstrip("\n"),
    "fence": lambda token: token.content.rstrip("\n"),
    "hr": lambda _token: "---",
}
