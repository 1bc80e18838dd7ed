"""Signals to the features above, which this one must not know."""

from blinker import Namespace

_signals = Namespace()

# Sent when an address is kept away from, with the key of the address as sender; in the same transaction.
address_suppressed = _signals.signal("address-suppressed")
