"""The links of a mail: which there are, and the mail with a merge field in the place of each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape

MOST = 200  # links that are told apart
# No person sees or reaches it; a program that opens every link opens this one, too.
_HIDDEN_LINK = '<a href="{{ click_0 }}" style="display:none" aria-hidden="true" tabindex="-1"></a>'
_FIELD = r"\{\{.*?\}\}"  # what stands in a fall-back is text
_LINK = re.compile(
    rf"""{_FIELD}|(<a\b[^>]*?\shref=")(https?://[^"{{}}]+)("[^>]*>)(.*?)</a>""", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<[^>]*>")
_ALT = re.compile(r'\salt="([^"]+)"')
_BODY_END = re.compile(r"</body>", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """An address that a mail leads to, and what its readers see there."""

    url: str
    label: str


def found_in(html: str) -> list[Link]:
    """Every address that is the same for everybody, each once; where merge fields stand is nobody's business."""
    links: dict[str, Link] = {}
    for found in _LINK.finditer(html):
        url = unescape(found[2] or "")
        if url and url not in links and len(links) < MOST:
            links[url] = Link(url, _label(found[4]) or url.partition("://")[2])
    return list(links.values())


def name_of(position: int) -> str:
    """The merge field that stands for a link."""
    return f"click_{position}"


def with_fields(html: str, positions: Mapping[str, int]) -> str:
    """HTML whose links are merge fields, with the hidden link at its end."""

    def replaced(found: re.Match[str]) -> str:
        position = positions.get(unescape(found[2] or ""))
        if position is None:
            return found[0]
        return f"{found[1]}{{{{ {name_of(position)} }}}}{found[3]}{found[4]}</a>"

    text = _LINK.sub(replaced, html)
    end = _BODY_END.search(text)
    place = end.start() if end is not None else len(text)
    return f"{text[:place]}{_HIDDEN_LINK}{text[place:]}"


def with_fields_in_text(text: str, positions: Mapping[str, int]) -> str:
    """The same of plain text."""
    urls: Sequence[str] = sorted(positions, key=len, reverse=True)
    if not urls:
        return text
    any_of = re.compile(f"{_FIELD}|(?:{'|'.join(map(re.escape, urls))})" + r"(?![\w/?=&%#~-])", re.DOTALL)

    def replaced(found: re.Match[str]) -> str:
        position = positions.get(found[0])
        return found[0] if position is None else f"{{{{ {name_of(position)} }}}}"

    return any_of.sub(replaced, text)


def _label(inside: str) -> str:
    words = " ".join(unescape(_TAG.sub(" ", inside)).split())
    alt = _ALT.search(inside)
    return (words or (unescape(alt[1]) if alt else ""))[:120]
