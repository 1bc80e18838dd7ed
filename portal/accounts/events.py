"""Signals to the features above, which this one must not know."""

from blinker import Namespace

_signals = Namespace()

# Sent while the mail of a recovery is rendered and the address has no account, with the message as sender and
# `email_key`; a receiver that knows the address returns the Letter to send instead.
no_account_for = _signals.signal("no-account-for")
