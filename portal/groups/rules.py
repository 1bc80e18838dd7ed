"""The states of an application and the steps between them; names, reasons and words of groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.foundation import search
from portal.foundation.text import _, lazy, plural
from portal.groups.models import Application, ApplicationEvent, ApplicationState, Approval, Step

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
LONGEST_MESSAGE = 1000  # characters of anybody's own words
UNDO = timedelta(minutes=10)
LONGEST_WAIT = 3650  # days that a declined applicant can be told to wait
MOST_REASONS = 50
WORKING_DAY = 24  # hours of a promise that count as one day

STEPS_IN_WORDS: Mapping[Step, str] = {
    Step.SUBMITTED: lazy("Application sent"),
    Step.ASKED: lazy("More was asked for"),
    Step.ANSWERED: lazy("Answered"),
    Step.SECONDED: lazy("First approval"),
    Step.APPROVED: lazy("Approved"),
    Step.DECLINED: lazy("Declined"),
    Step.UNDONE: lazy("Decision taken back"),
    Step.WITHDRAWN: lazy("Withdrawn"),
    Step.EXPIRED: lazy("Ran out"),
}
STEP_KINDS: Mapping[Step, str] = {
    Step.ASKED: "wait",
    Step.APPROVED: "ok",
    Step.SECONDED: "ok",
    Step.DECLINED: "bad",
    Step.UNDONE: "wait",
}
INNER = (Step.SECONDED, Step.UNDONE)
DECISIONS = (Step.APPROVED, Step.DECLINED)


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
        NEEDS_INFORMATION: _("%(who)s asked for more on %(when)s; the answer is not there yet.", who=who, when=when),
        APPROVED: _("%(who)s approved this on %(when)s.", who=who, when=when),
        DECLINED: _("%(who)s declined this on %(when)s.", who=who, when=when),
        WITHDRAWN: _("%(who)s withdrew this on %(when)s.", who=who, when=when),
        EXPIRED: _("This ran out on %(when)s.", when=when),
    }
    return words.get(state, "")


def is_late(row: Application, at: datetime) -> bool:
    """Whether an applicant waits for us longer than their group promises."""
    return row.state is SUBMITTED and at - row.our_turn_since > timedelta(hours=row.group.answer_within)


def can_be_undone(row: Application, at: datetime) -> bool:
    """Whether a decision is young enough to be taken back."""
    return row.undo_until is not None and at < row.undo_until and row.state in (APPROVED, DECLINED)


def promise(hours: int) -> str:
    """How soon applicants hear from us, in words."""
    if hours % WORKING_DAY:
        return plural("%(num)s hour", "%(num)s hours", hours)
    return plural("%(num)s working day", "%(num)s working days", hours // WORKING_DAY)


def span(length: timedelta) -> str:
    """How long something took, in its largest unit."""
    if length >= timedelta(days=1):
        return plural("%(num)s day", "%(num)s days", length.days)
    if length >= timedelta(hours=1):
        return plural("%(num)s hour", "%(num)s hours", length.seconds // 3600)
    return plural("%(num)s minute", "%(num)s minutes", max(length.seconds // 60, 1))


def told_to_customers(events: Sequence[ApplicationEvent], *, pending: bool = False) -> list[ApplicationEvent]:
    """The steps that customers hear of: not the first of two approvals, and no decision that can be or was taken back.

    Args:
        events: every step, the oldest first.
        pending: whether the last of them can be taken back.
    """
    last = [] if pending else list(events[-1:])
    return [
        event
        for event in events
        if event.step not in INNER and (event.step not in DECISIONS or [event] == last)  # what follows took it back
    ]


def told_reason(sentence: str, message: str) -> str:
    """What a declined person is told: the sentence chosen from the list, if one was, then own words."""
    return "\n\n".join(part for part in (sentence.strip(), message.strip()) if part)


def name_key(name: str) -> str:
    """The form in which two spellings of a group's name are the same, cut to its column."""
    return search.fold(name)[:160]
