"""Anchors of the ledgers' chain, as the audit log has them: a chain whose end is cut off is whole in itself."""

from portal.audit.anchors import Anchors
from portal.ledgers.chain import HEAD
from portal.ledgers.models import LedgerAnchor

OF_LEDGERS = Anchors(HEAD, LedgerAnchor, "consent-anchors")
drop, drop_due, known, file = OF_LEDGERS.drop, OF_LEDGERS.drop_due, OF_LEDGERS.known, OF_LEDGERS.file
