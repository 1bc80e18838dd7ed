"""The storefront account portal; who imports a part of it loads that part and what it stands on, no more."""

from flask import Flask

from portal.config import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The whole portal, for one set of settings (read from the environment when none is given).

    Raises:
        ConfigurationError: the settings are not fit to run with.
        RuntimeError: a view declares no right.
    """
    from portal import whole  # noqa: PLC0415 - thirty megabytes that a process which only sends never needs

    return whole.create_app(settings)
