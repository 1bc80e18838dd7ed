"""Approvals: the queue, the decision on each application and on several, the reasons for saying no."""

from portal.backoffice.approvals.deciding import deciding
from portal.backoffice.approvals.queue import approvals
from portal.backoffice.approvals.reasons import reasons
from portal.backoffice.approvals.several import several

blueprints = (approvals, deciding, several, reasons)
