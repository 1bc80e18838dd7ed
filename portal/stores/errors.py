"""What stores refuse."""

from portal.foundation.errors import Conflict


class CodeTaken(Conflict):
    """Another store has this code."""


class StoreChangedMeanwhile(Conflict):
    """Somebody saved the store after this page was opened."""


class OnlineStays(Conflict):
    """The first store is everybody's default, so there is always one."""


class RetiredAlready(Conflict):
    """The store is retired, or open, as it was asked to be."""
