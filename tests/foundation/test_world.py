"""What is kept of Babel's knowledge: little, and enough for every language."""

from datetime import date

import pytest
from babel import Locale, core, dates, localedata, numbers

from portal.foundation import world


@pytest.fixture
def little(monkeypatch):
    """Babel as a process finds it that has just started."""
    monkeypatch.setattr(core, "_global_data", None)
    monkeypatch.setattr(localedata, "_cache", {})
    world.forget_most()


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "22 Nov 2026"),
        ("en_IN", "22 Nov 2026"),
        ("de_CH", "22 Nov. 2026"),
        ("zh_Hant", "22 11月 2026"),
        ("sr_Latn", "22 nov 2026"),
    ],
)
def test_days_read_as_babel_says_them(language, said):
    assert dates.format_date(date(2026, 11, 22), "d MMM y", language) == said


@pytest.mark.usefixtures("little")
def test_countries_currencies_and_languages_have_their_names():
    english = Locale.parse("en")
    assert english.territories["IN"] == "India"
    assert english.currencies["INR"] == "Indian Rupee"
    assert "INR" in numbers.list_currencies()
    assert Locale.parse("pt-BR", sep="-").get_display_name() == "português (Brasil)"
    assert Locale.parse("zh_TW").script == "Hant"  # from the likely scripts, which are read again


@pytest.mark.usefixtures("little")
def test_what_nobody_says_is_not_kept():
    Locale.parse("en_IN").months  # noqa: B018 - a language is read when it is first asked for something
    assert core._global_data.keys() >= {"territory_aliases", "zone_aliases"}
    assert core._global_data.keys() & world.SELDOM == set()
    assert localedata._cache.keys() == {"root", "en", "en_001", "en_IN"}
    assert {kind for known in localedata._cache.values() for kind in known} & set(world.NEVER) == set()


@pytest.mark.usefixtures("little")
def test_rare_facts_are_read_whenever_they_are_asked_for():
    assert core.get_global("likely_subtags")["en"] == "en_Latn_US"
    assert core.get_global("territory_currencies")["IN"]
    assert core.get_global("nothing of the kind") == {}
    assert "likely_subtags" not in core._global_data


def test_to_forget_twice_forgets_nothing_that_was_read(little):
    del little
    Locale.parse("en").months  # noqa: B018 - see above
    before = localedata._cache
    world.forget_most()
    assert localedata._cache is before
