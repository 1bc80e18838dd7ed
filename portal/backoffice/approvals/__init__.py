"""Approvals: the queue, the decision on each application and on several, reasons for saying no, files of applicants."""

from portal.backoffice.approvals.answer_files import answer_files
from portal.backoffice.approvals.deciding import deciding
from portal.backoffice.approvals.queue import approvals
from portal.backoffice.approvals.reasons import reasons
from portal.backoffice.approvals.several import several

blueprints = (approvals, deciding, several, reasons, answer_files)
