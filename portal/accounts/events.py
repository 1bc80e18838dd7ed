"""Signals to the features above, which this one must not know."""

from blinker import Namespace

_signals = Namespace()

# Sent while the mail of a recovery is rendered and the address has no account, with the message as sender and
# `email_key`; a receiver that knows the address returns the Letter to send instead.
no_account_for = _signals.signal("no-account-for")

# Sent when an account has another address, with the account as sender, the `old` address and `by`, who did it; in the
# same transaction. A receiver that cannot follow raises a Conflict, and the address stays.
email_changed = _signals.signal("email-changed")
