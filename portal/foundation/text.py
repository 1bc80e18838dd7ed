"""Translated words for rooms that know nothing of the web."""

from flask_babel import gettext, lazy_gettext, ngettext

__all__ = ["_", "lazy", "ngettext"]

_ = gettext
lazy = lazy_gettext
