"""The tables of groups."""

from portal.groups.models.application import OPEN_STATES, Application, ApplicationEvent, ApplicationState, Step
from portal.groups.models.approver import ApproverDigest, ApproverScope, DecisionRun, DeclineReason
from portal.groups.models.group import Approval, CustomerGroup, Membership

__all__ = [
    "OPEN_STATES",
    "Application",
    "ApplicationEvent",
    "ApplicationState",
    "Approval",
    "ApproverDigest",
    "ApproverScope",
    "CustomerGroup",
    "DecisionRun",
    "DeclineReason",
    "Membership",
    "Step",
]
