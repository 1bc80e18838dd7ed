"""Templates draw as Jinja draws them: the quicker way escapes the same, whatever is printed."""

from decimal import Decimal

import jinja2
import pytest
from flask import Flask
from markupsafe import Markup

from portal.foundation import drawing, trimming

TEMPLATES = {
    "plain": "<p title='{{ value }}'>{{ value }}</p>",
    "filtered": "{{ value|default('none') }} {{ value|string|upper }} {{ value|e }} {{ value|string|safe }}",
    "joined": "{{ ['<b>', value]|join(' & ') }} {{ '<i>' ~ value }}",
    "macro": "{% macro cell(v) %}<td>{{ v }}</td>{% endmacro %}{{ cell(value) }}{{ cell(cell(value)) }}",
    "called": "{% macro row() %}<tr>{{ caller() }}</tr>{% endmacro %}{% call row() %}{{ value }}{% endcall %}",
    "set block": "{% set held %}<b>{{ value }}</b>{% endset %}{{ held }}{{ held|length }}",
    "attribute": "<p {{ {'title': value, 'class': none}|xmlattr }}>",
    "turned off": "{% autoescape false %}{{ value }}{% endautoescape %}{{ value }}",
    "turned on": "{% autoescape true %}{{ value }}{% endautoescape %}",
    "by a variable": "{% autoescape value is string %}{{ value }}{% endautoescape %}",
}


FOLDED = {
    "words": "{{ _('50%% of <b>') }} {{ _('a') ~ value }} {{ _('%(n)s of them', n=value) }}",
    "words held": "{% set held = _('<i>Yours</i>') %}{{ held }} {{ held|upper }}",
    "words turned off": "{% autoescape false %}{{ _('<i>Yours</i>') ~ value }}{% endautoescape %}",
    "icons": "{% from 'components/icons.html' import icon, mark %}{{ icon('back', 'x') }}{{ icon(value) }}{{ mark() }}",
    "in a macro": "{% macro m(v) %}{{ _('Name') }}: {{ v }}{% endmacro %}{{ m(_('a & b')) }}{{ m(value) }}",
}


class Html:
    """Something that draws itself."""

    def __html__(self) -> str:
        return "<b>bold</b>"


class Text(str):
    """A text of a kind of its own."""

    __slots__ = ()


class Liar(str):
    """A text that says of itself that it is safe."""

    __slots__ = ()

    def __html__(self) -> str:
        return "<i>mine</i>"


VALUES = [
    *(
        "",
        "plain",
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "a & b",
        "&amp;",
        "\0",
        "\u202e",
        "'",
    ),
    *(None, 0, 1.5, Decimal("2.50"), True, ["<b>"], {"<b>": 1}, b"<b>", Exception("<b>")),
    *(Html(), Text("<b>"), Liar("<b>"), Markup("<b>marked</b>"), jinja2.Undefined(name="gone")),
]


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_printed_is_escaped_as_jinja_does(app: Flask, name: str):
    theirs = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(TEMPLATES[name])
    ours = app.jinja_env.overlay(autoescape=True).from_string(TEMPLATES[name])
    drawn = {repr(value): ours.render(value=value) for value in VALUES}
    assert drawn == {repr(value): theirs.render(value=value) for value in VALUES}


@pytest.mark.parametrize("name", FOLDED)
def test_what_is_the_same_on_every_page_is_drawn_as_if_it_were_asked_for_each_time(app: Flask, monkeypatch, name: str):
    folding = app.jinja_env.overlay(autoescape=True).from_string(FOLDED[name])
    monkeypatch.setattr(drawing.Folding, "visit_Call", lambda _self, node: node)
    asking = app.jinja_env.overlay(autoescape=True).from_string(FOLDED[name])
    drawn = [folding.render(value=value) for value in VALUES]
    assert drawn == [asking.render(value=value) for value in VALUES]


def test_words_that_nobody_translates_are_in_the_template_already(app: Flask):
    code = app.jinja_env.compile("<a>{{ _('Help') }}</a>{{ _('%(n)s left', n=2) }}", raw=True)
    assert "<a>Help</a>" in code
    assert code.count("context.call") == 1


def test_what_is_drawn_once_is_escaped_and_drawn_anew_for_other_arguments(app: Flask):
    macro = "{% macro row(name, of=()) %}<b>{{ name }}{{ ' of ' ~ of[0] if of }}</b>{% endmacro %}"
    page = app.jinja_env.overlay(autoescape=True).from_string(macro + "{{ drawn(row, name, of=of) }}")
    drawn = [page.render(name=name, of=of) for name, of in (("<i>", ()), ("a", ("<i>",)), ("<i>", ()))]
    assert drawn == ["<b>&lt;i&gt;</b>", "<b>a of &lt;i&gt;</b>", "<b>&lt;i&gt;</b>"]


def test_what_is_drawn_once_is_remembered(app: Flask):
    macro, seen = "{% macro row(name) %}{{ note(name) }}{{ name }}{% endmacro %}", list[str]()
    row = app.jinja_env.from_string(macro, globals={"note": lambda name: seen.append(name) or ""}).module.row
    draw = drawing.drawer()
    with app.app_context():
        assert [draw(row, name) for name in ("a", "b", "a")] == ["a", "b", "a"]
    assert seen == ["a", "b"]


def test_what_is_drawn_with_gaps_is_filled_as_if_it_were_drawn_of_the_words(app: Flask):
    cells = "<b id={{ id }} title='100% {{ name }}'>{{ name }}</b>{{ more or '%s' }}"
    row = app.jinja_env.from_string("{% macro row(id, name, more) %}" + cells + "{% endmacro %}").module.row
    for words in (("1", "Ann", "x"), ("1", "Ann", "")):
        gaps = drawing.gaps()
        stencil = drawing.stencil(row(*(word and gap for word, gap in zip(words, gaps, strict=False))))
        assert stencil.filled(words) == row(*words)


def test_what_compiling_a_template_leaves_behind_is_given_back(app: Flask, monkeypatch):
    monkeypatch.setattr(trimming, "_is_due", False)
    app.jinja_env.from_string("{{ 1 }}")
    assert trimming._is_due
