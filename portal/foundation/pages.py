"""What every template may use: names of the shop, and how moments and days read."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, dates
from flask import Flask, has_request_context, request
from flask_babel import Babel, format_datetime, get_locale

from portal.config import Settings, settings
from portal.foundation import drawing, world
from portal.foundation.clock import now
from portal.foundation.text import _, is_translated, locale, plural

RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "yi", "ps", "sd"}


def init_app(app: Flask, settings: Settings) -> None:
    """Give templates their globals and filters."""
    world.forget_most()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["BABEL_DEFAULT_TIMEZONE"] = settings.shop_time_zone
    app.config["BABEL_DEFAULT_LOCALE"] = settings.shop_locales[0]
    Babel(app, locale_selector=choose_locale)
    if not is_translated():
        # Nothing is translated yet; to look for catalogues at every word is a third of a page's work.
        app.jinja_env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # Babel's i18n extension
        app.jinja_env.globals.update(_=drawing.untranslated, gettext=drawing.untranslated)
    app.jinja_env.globals.update(
        shop=settings.shop_name,
        shop_contact=settings.shop_contact,
        base_url=settings.base_url.rstrip("/"),
        appearance="auto",
        errors={},
        me=None,
        staff=None,
        drawn=drawing.drawer(),
    )
    app.jinja_env.filters.update(moment=moment, day=day, age=age)
    app.context_processor(language)


def choose_locale() -> Locale:
    """The reader's best language among those of the shop."""
    offered = settings().shop_locales
    if len(offered) == 1 or not has_request_context():
        return _read(offered[0])
    return _read(request.accept_languages.best_match(offered) or offered[0])


def moment(at: datetime) -> str:
    """A moment in the shop's time zone, like "21 Nov 2026, 10:12"."""
    return str(format_datetime(at, "d MMM y, HH:mm"))


def day(on: datetime | date) -> str:
    """A day in the shop's time zone, like "21 Nov 2026"."""
    return days()(on)


def days() -> Callable[[datetime | date], str]:
    """What `day` makes of many: the time zone and the reader's language are asked for once."""
    zone, language = _zone(settings().shop_time_zone), locale()

    def said(on: datetime | date) -> str:
        return _day(on.astimezone(zone).date() if isinstance(on, datetime) else on, language)

    return said


@lru_cache(maxsize=4096)
def _day(on: date, locale: str) -> str:
    """Lists name the same days over and over, and to format one takes longer than to draw the row around it."""
    return dates.format_date(on, "d MMM y", locale)


@lru_cache(maxsize=64)
def _read(locale: str) -> Locale:
    """A language of the shop by its name, which Flask-Babel would read anew for every request."""
    return Locale.parse(locale)


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def age(since: datetime) -> str:
    """How long something waits, in its largest unit: "3 days", "5 hours", "2 minutes"."""
    waited = now() - since
    if waited >= timedelta(days=1):
        return plural("%(num)s day", "%(num)s days", waited.days)
    if waited >= timedelta(hours=1):
        return plural("%(num)s hour", "%(num)s hours", waited.seconds // 3600)
    if waited >= timedelta(minutes=1):
        return plural("%(num)s minute", "%(num)s minutes", waited.seconds // 60)
    return _("now")


def start_of(on: date) -> datetime:
    """The first moment of a day in the shop's time zone."""
    return datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(settings().shop_time_zone)).astimezone(UTC)


def local_day(at: datetime) -> date:
    """The day of a moment in the shop's time zone."""
    return at.astimezone(ZoneInfo(settings().shop_time_zone)).date()


def language() -> dict[str, str]:
    """The language of the page, and the direction in which it reads."""
    locale = get_locale()
    language = locale.language if locale else "en"
    return {
        "lang": str(locale).replace("_", "-") if locale else "en",
        "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr",
    }
