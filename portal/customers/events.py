"""Signals to the features above, which this one must not know."""

from blinker import Namespace

_signals = Namespace()

# Sent before a customer's data are erased, with the customer as sender, the `person` (foundation.holdings) and `by`,
# who does it; in the same transaction. What a feature holds in declared tables goes by itself after it.
customer_erased = _signals.signal("customer-erased")

# Sent when two records have become one, with the customer who stays as sender, `gone`, the other one, `by`, and
# `before`, what undoing gives back: a listener adds to it by `carrying.rewrite`. In the same transaction.
customers_merged = _signals.signal("customers-merged")

# Sent when the two have been taken apart again, with the same customers and `by`; in the same transaction.
customers_parted = _signals.signal("customers-parted")
