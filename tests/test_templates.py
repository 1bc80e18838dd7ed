"""The laws of the templates: nothing inline, pages in a layout, fields from macros, words translatable."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[1] / "templates"
PAGES = {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}
TEXTS = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.txt")}

JINJA = re.compile(
    r"{#.*?#}"
    r"|{%-?\s*trans\b.*?endtrans\s*-?%}"
    r"|{%-?\s*block\s+\w*class\s*-?%}.*?endblock.*?%}"  # names of classes, not words
    r"|{{.*?}}|{%.*?%}",
    re.DOTALL,
)
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
EXTENDS = re.compile(r"""{%-?\s*extends\s[^%]*?["']([^"']+)["']""")
EVENTS = "abort|blur|change|click|error|focus|input|invalid|key|load|mouse|pointer|reset|scroll|submit|toggle|touch"
INLINE_KEYWORD = re.compile(rf"(?<![\w-])(style|on(?:{EVENTS})\w*)['\"]?\s*(?:=(?!=)|:)")
SPOKEN = {"alt", "aria-label", "content", "placeholder", "title"}
NO_WORDS = re.compile(r"""&\w+;|[\w-]+=(?:"[^"]*"|'[^']*')""")  # entities, and attributes of a tag that Jinja names
WORD = re.compile(r"[^\W\d_]{2,}")
UNTRANSLATED_META = {
    "viewport",
    "color-scheme",
    "robots",
    "referrer",
    "supported-color-schemes",
    "x-apple-disable-message-reformatting",
}

Tag = tuple[int, str, dict[str, str | None]]


class Reader(HTMLParser):
    """The tags and the words of a template whose Jinja parts have been taken out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[Tag] = []
        self.words: list[tuple[int, str]] = []
        self.feed(JINJA.sub(self._blank, text))
        self.close()

    @staticmethod
    def _blank(part: re.Match[str]) -> str:
        """Leave the lines as many as they were."""
        return " " + "\n" * part[0].count("\n")

    def handle_starttag(self, tag, attrs):
        self.tags.append((self.getpos()[0], tag, dict(attrs)))
        if tag == "meta" and dict(attrs).get("name") in UNTRANSLATED_META:
            return
        self.words.extend((self.getpos()[0], value) for name, value in attrs if name in SPOKEN and value)

    def handle_data(self, data):
        if self.lasttag not in {"script", "style"}:
            self.words.append((self.getpos()[0], data))


def is_mail(name: str) -> bool:
    return name.startswith("mail/") or name in {"layouts/mail.html", "components/mail.html"}


def is_page(name: str) -> bool:
    """A page of its own: no layout, no macros, no mail, and no part (`_rows.html`) of another page."""
    return not name.startswith(("layouts/", "components/", "mail/")) and not Path(name).name.startswith("_")


def inline_style_or_script(name: str, text: str) -> Iterator[str]:
    if is_mail(name):
        return
    for line, tag, attributes in Reader(text).tags:
        if tag == "style" or (tag == "script" and "src" not in attributes):
            yield f"{name}:{line}: inline <{tag}>"
        for attribute, value in attributes.items():
            if attribute == "style" or attribute.startswith("on") or (value or "").strip().startswith("javascript:"):
                yield f"{name}:{line}: {attribute}= in <{tag}>"
    for part in JINJA.findall(COMMENT.sub("", text)):
        if found := INLINE_KEYWORD.search(part):
            yield f"{name}: {found[1]} in {part}"


def page_without_layout(name: str, text: str) -> Iterator[str]:
    if not is_page(name):
        return
    parent = EXTENDS.search(text)
    if parent is None:
        yield f"{name}: extends nothing"
    elif not parent[1].startswith("layouts/"):
        yield from page_without_layout(parent[1], PAGES.get(parent[1], ""))


def raw_field(name: str, text: str) -> Iterator[str]:
    """Find fields beside the macros, which give label, hint, error and width."""
    if name.startswith(("components/", "layouts/")):
        return
    for line, tag, attributes in Reader(text).tags:
        if tag in {"select", "textarea"} or (tag == "input" and attributes.get("type") != "hidden"):
            yield f"{name}:{line}: <{tag}> outside components/"


def untranslatable_word(name: str, text: str) -> Iterator[str]:
    if name.startswith("dev/"):  # read by developers only
        return
    for line, words in Reader(text).words:
        if WORD.search(NO_WORDS.sub("", words)):
            yield f"{name}:{line}: {words.strip()!r} is not in _()"


LAWS = [inline_style_or_script, page_without_layout, raw_field, untranslatable_word]


@pytest.mark.parametrize("law", LAWS)
def test_no_template_has(law: Callable[[str, str], Iterator[str]]):
    trespasses = [trespass for name, text in PAGES.items() for trespass in law(name, text)]
    assert not trespasses, "\n".join(trespasses)


def test_every_mail_has_both_bodies():
    mails = {name for name in PAGES if name.startswith("mail/") and not Path(name).name.startswith("_")}
    texts = {name for name in TEXTS if name.startswith("mail/") and not Path(name).name.startswith("_")}
    assert {name.removesuffix(".html") for name in mails} == {name.removesuffix(".txt") for name in texts}


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (inline_style_or_script, '<p style="color: red">'),
        (inline_style_or_script, "<button {% if x %}disabled{% endif %} onclick='go()'>"),
        (inline_style_or_script, "<script>go()</script>"),
        (inline_style_or_script, "<style>p { color: red }</style>"),
        (inline_style_or_script, '<a href="javascript:go()">'),
        (inline_style_or_script, "{{ form.email(style='width: 3em') }}"),
        (inline_style_or_script, "{{ field(form.email, onchange='go()') }}"),
        (inline_style_or_script, "{{ field(form.email, attributes={'onchange': 'go()'}) }}"),
        (page_without_layout, "<h1>{{ title }}</h1>"),
        (page_without_layout, "{% extends 'staff/unknown.html' %}"),
        (raw_field, '<input name="email">'),
        (raw_field, '<input name="email" type="{{ kind }}">'),
        (raw_field, "<select name='country'></select>"),
        (untranslatable_word, "<h1>Welcome</h1>"),
        (untranslatable_word, '<input placeholder="Search">'),
        (untranslatable_word, "<p>{{ name }} has left</p>"),
    ],
)
def test_a_trespass_is_found(law, text):
    assert list(law("staff/page.html", text)) != []


@pytest.mark.parametrize(
    ("law", "name", "text"),
    [
        (inline_style_or_script, "mail/approved.html", '<p style="color: red">'),
        (inline_style_or_script, "staff/page.html", "{% set once = true %}{{ once }}<script src='{{ x }}'></script>"),
        (inline_style_or_script, "staff/page.html", "{# never onclick= or style= here #}<p data-style='x'></p>"),
        (page_without_layout, "staff/page.html", '{%- extends "layouts/backoffice.html" %}'),
        (page_without_layout, "staff/page.html", "{% extends layout or 'layouts/page.html' %}"),
        (page_without_layout, "staff/_rows.html", "<tr></tr>"),
        (raw_field, "staff/page.html", '<input type="hidden" name="form_key" value="{{ key }}">'),
        (raw_field, "components/forms.html", "<input>"),
        (untranslatable_word, "staff/page.html", "<h1>{{ _('Welcome') }}</h1> · &middot; – 3 ×"),
        (untranslatable_word, "staff/page.html", "{% trans %}<b>Hello</b> there{% endtrans %}"),
        (untranslatable_word, "layouts/base.html", '<meta name="viewport" content="width=device-width">'),
    ],
)
def test_what_is_allowed_is_not_found(law, name, text):
    assert list(law(name, text)) == []
