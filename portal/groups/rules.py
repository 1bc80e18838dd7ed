"""The states of an application and the steps between them; names, reasons and words of groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.foundation import search
from portal.foundation.text import _, lazy
from portal.groups.models import ApplicationState, Approval

SUBMITTED, NEEDS_INFORMATION = ApplicationState.SUBMITTED, ApplicationState.NEEDS_INFORMATION
APPROVED, DECLINED = ApplicationState.APPROVED, ApplicationState.DECLINED
WITHDRAWN, EXPIRED = ApplicationState.WITHDRAWN, ApplicationState.EXPIRED

# What may follow each state; an end stays an end.
STEPS: Mapping[ApplicationState, frozenset[ApplicationState]] = {
    SUBMITTED: frozenset({NEEDS_INFORMATION, APPROVED, DECLINED, WITHDRAWN, EXPIRED}),
    NEEDS_INFORMATION: frozenset({SUBMITTED, APPROVED, DECLINED, WITHDRAWN, EXPIRED}),
    APPROVED: frozenset(),
    DECLINED: frozenset(),
    WITHDRAWN: frozenset(),
    EXPIRED: frozenset(),
}

STATES: Mapping[ApplicationState, str] = {
    SUBMITTED: lazy("Waiting"),
    NEEDS_INFORMATION: lazy("Needs an answer"),
    APPROVED: lazy("Approved"),
    DECLINED: lazy("Declined"),
    WITHDRAWN: lazy("Withdrawn"),
    EXPIRED: lazy("Ran out"),
}
KINDS: Mapping[ApplicationState, str] = {  # colour of the pill, as in components/feedback.html
    SUBMITTED: "wait",
    NEEDS_INFORMATION: "wait",
    APPROVED: "ok",
    DECLINED: "bad",
    WITHDRAWN: "off",
    EXPIRED: "off",
}

APPROVALS: Mapping[Approval, str] = {
    Approval.NONE: lazy("None"),
    Approval.GATE: lazy("Before first sign-in"),
    Approval.UPGRADE: lazy("While shopping"),
}

OWN = "own"
# The sentences are mailed as they stand, so whoever decides reads what the customer will read.
REASONS: Mapping[str, str] = {
    "unconfirmed": lazy("We couldn’t confirm the details that you gave us."),
    "unsuited": lazy("What you told us doesn’t fit what this group is for."),
    "known": lazy("You have another account with us already. Use that one."),
    "elsewhere": lazy("We don’t serve your area in this group yet."),
}
ANSWER_WITHIN = timedelta(days=1)  # what applicants are told; who waits longer stands out in the queue
LONGEST_MESSAGE = 1000  # characters of a decider's own words


@dataclass(frozen=True)
class Words:
    """A state as a pill shows it."""

    kind: str
    text: str


def states_before(state: ApplicationState) -> tuple[ApplicationState, ...]:
    """The states from which an application may come into this one."""
    return tuple(earlier for earlier, later in STEPS.items() if state in later)


def words_of(state: ApplicationState) -> Words:
    """How a state is shown: a colour and a word."""
    return Words(KINDS[state], str(STATES[state]))


def decision_in_words(state: ApplicationState, who: str, when: str) -> str:
    """Who decided what and when, for somebody who came too late."""
    words = {
        APPROVED: _("%(who)s approved this on %(when)s.", who=who, when=when),
        DECLINED: _("%(who)s declined this on %(when)s.", who=who, when=when),
        WITHDRAWN: _("%(who)s withdrew this on %(when)s.", who=who, when=when),
        EXPIRED: _("This ran out on %(when)s.", when=when),
    }
    return words.get(state, "")


def is_late(since: datetime, at: datetime) -> bool:
    """Whether an applicant waits longer than applicants are told."""
    return at - since > ANSWER_WITHIN


def reason_in_words(reason: str, message: str) -> str:
    """What a declined person is told: the sentence chosen from the list (or written instead), then own words."""
    chosen = "" if reason == OWN else str(REASONS.get(reason, reason)).strip()
    return "\n\n".join(part for part in (chosen, message.strip()) if part)


def name_key(name: str) -> str:
    """The form in which two spellings of a group's name are the same, cut to its column."""
    return search.fold(name)[:160]
