"""Acts on many customers: what each asks, says before, does to one of them, and how it is taken back from one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.audit.service import Actor
from portal.customers import custom_queries
from portal.customers.models import Customer
from portal.customers.service import status, tags
from portal.foundation.errors import NotFound
from portal.foundation.text import _, lazy, plural
from portal.groups import queries as groups
from portal.groups.service import adding, own
from portal.newsletter import queries as newsletter
from portal.newsletter.service import consent
from portal.newsletter.service.consent import Proof
from portal.staff.rules import Permission

Choice = dict[str, Any]  # what was chosen on the confirmation page, as a job keeps it
Before = dict[str, Any]  # what taking back needs


@dataclass(frozen=True)
class Act:
    """One act. `do` gives what undoing needs, or None where nothing was to do; `undo` says whether it took it back.

    `asks` names the field of the confirmation page: reason, to_group, tags, to_audience or none.
    """

    name: str
    label: str
    title: Callable[[int], str]
    effects: Callable[[], list[str]]
    done: Callable[[int, Choice], str]
    do: Callable[[Customer, Choice, Actor], Before | None]
    undo: Callable[[Customer, Choice, Before, Actor], bool] | None = None
    undone: Callable[[], list[str]] = list
    asks: str = ""
    is_danger: bool = False
    permission: Permission = Permission.CUSTOMER_MODIFY


def _disable(customer: Customer, choice: Choice, by: Actor) -> Before | None:
    if customer.disabled_at is not None:
        return None
    own.refuse(customer, by)
    status.disable(customer, choice["reason"], by)
    return {"at": _stamp(customer)}


def _undo_disable(customer: Customer, _choice: Choice, before: Before, by: Actor) -> bool:
    if _stamp(customer) != before["at"]:
        return False
    own.refuse(customer, by)
    status.enable(customer, by)
    return True


def _stamp(customer: Customer) -> str:
    """When a customer was disabled, by which one disabling is told from another."""
    return customer.disabled_at.isoformat() if customer.disabled_at else ""


def _enable(customer: Customer, _choice: Choice, by: Actor) -> Before | None:
    if customer.disabled_at is None:
        return None
    own.refuse(customer, by)
    before = {"reason": customer.disabled_reason}
    status.enable(customer, by)
    return before


def _undo_enable(customer: Customer, _choice: Choice, before: Before, by: Actor) -> bool:
    if customer.disabled_at is not None:
        return False
    own.refuse(customer, by)
    status.disable(customer, before["reason"], by)
    return True


def _add_to_group(customer: Customer, choice: Choice, by: Actor) -> Before | None:
    return adding.add(customer, choice["to_group"], by=by)


def _undo_group(customer: Customer, choice: Choice, before: Before, by: Actor) -> bool:
    return adding.take_back(customer, choice["to_group"], before, by=by)


def _add_tags(customer: Customer, choice: Choice, by: Actor) -> Before | None:
    added = tags.add(customer, choice["tags"], by=by)
    return {"tags": added} if added else None


def _undo_tags(customer: Customer, _choice: Choice, before: Before, by: Actor) -> bool:
    put_on = [tag for tag in custom_queries.tags_of(customer.id) if tag.name in before["tags"]]
    for tag in put_on:
        tags.take_away(customer, tag.id, by=by)
    return bool(put_on)


def _invite(customer: Customer, choice: Choice, by: Actor) -> Before | None:
    audience = newsletter.audience(choice["to_audience"])
    if audience is None:
        raise NotFound(_("There is no such audience."))
    proof = Proof(choice["address"], choice["browser"])
    return {} if consent.invite(customer, audience, by=by, proof=proof) else None


ACTS: tuple[Act, ...] = (
    Act(
        "enable",
        lazy("Enable"),
        title=lambda n: plural("Enable %(n)s customer?", "Enable %(n)s customers?", n, n=f"{n:,}"),
        effects=lambda: [
            _("Disabled customers can sign in again; the others stay as they are."),
            _("Applicants who wait for a decision go on waiting."),
            _("You can undo this for 24 hours."),
        ],
        done=lambda n, _choice: plural("%(n)s customer enabled.", "%(n)s customers enabled.", n, n=f"{n:,}"),
        do=_enable,
        undo=_undo_enable,
        undone=lambda: [_("Everybody it enabled is disabled again, with the old reason, and signed out everywhere.")],
    ),
    Act(
        "disable",
        lazy("Disable"),
        title=lambda n: plural("Disable %(n)s customer?", "Disable %(n)s customers?", n, n=f"{n:,}"),
        effects=lambda: [
            _("They are signed out everywhere and cannot sign in."),
            _("Their records, groups and subscriptions stay. Nobody is mailed."),
            _("You can undo this for 24 hours, and enable each of them at any time."),
        ],
        done=lambda n, _choice: plural("%(n)s customer disabled.", "%(n)s customers disabled.", n, n=f"{n:,}"),
        do=_disable,
        undo=_undo_disable,
        undone=lambda: [_("Everybody it disabled is enabled again; customers who were disabled anew since stay so.")],
        asks="reason",
        is_danger=True,
    ),
    Act(
        "group",
        lazy("Add to group"),
        title=lambda n: plural("Add %(n)s customer to a group?", "Add %(n)s customers to a group?", n, n=f"{n:,}"),
        effects=lambda: [
            _("They get the terms of the group from now on, and stay members of their other groups."),
            _("An application of theirs that waits is closed, and they hear of it by mail."),
            _("You can undo this for 24 hours; applications stay closed."),
        ],
        done=lambda n, choice: plural(
            "%(n)s customer added to %(group)s.",
            "%(n)s customers added to %(group)s.",
            n,
            n=f"{n:,}",
            group=choice["named"],
        ),
        do=_add_to_group,
        undo=_undo_group,
        undone=lambda: [_("They get back the terms that they had before; terms that changed again since stay.")],
        asks="to_group",
    ),
    Act(
        "tags",
        lazy("Add tags"),
        title=lambda n: plural("Add tags to %(n)s customer?", "Add tags to %(n)s customers?", n, n=f"{n:,}"),
        effects=lambda: [
            _("They keep the tags that they have. Customers never see tags."),
            _("You can undo this for 24 hours."),
        ],
        done=lambda n, choice: plural(
            "%(n)s customer tagged %(tags)s.", "%(n)s customers tagged %(tags)s.", n, n=f"{n:,}", tags=choice["tags"]
        ),
        do=_add_tags,
        undo=_undo_tags,
        undone=lambda: [_("The tags that it put on are taken off again; other tags stay.")],
        asks="tags",
    ),
    Act(
        "audience",
        lazy("Add to audience"),
        title=lambda n: plural(
            "Ask %(n)s customer about an audience?", "Ask %(n)s customers about an audience?", n, n=f"{n:,}"
        ),
        effects=lambda: [
            _("Each gets one mail with a button, and only pressing it subscribes them: you can’t consent for them."),
            _("Customers who are subscribed, were asked already or have left get nothing."),
            _("Mails cannot be taken back."),
        ],
        done=lambda n, choice: plural(
            "%(n)s customer asked about %(audience)s.",
            "%(n)s customers asked about %(audience)s.",
            n,
            n=f"{n:,}",
            audience=choice["named"],
        ),
        do=_invite,
        asks="to_audience",
    ),
)
BY_NAME: Mapping[str, Act] = {act.name: act for act in ACTS}


def options(act: Act) -> list[tuple[str, str]]:
    """What the field of an act offers."""
    if act.asks == "to_group":
        return [(str(group.id), group.name) for group in groups.all_groups()]
    if act.asks == "to_audience":
        return [(str(audience.id), audience.name) for audience in newsletter.audiences_in_use()]
    return []
