"""Mails about exports that need a second member: that one waits, and what was said about it."""

from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.staff import queries as staff
from portal.staff.models import StaffMember
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.models import Export, ExportState

PATH = "/staff/transfers/exports"


def export_waits(row: Export) -> None:
    """Tell everybody who may decide, once; not the asker, and of masked numbers only who may see them."""
    for member in _deciders(row):
        service.post("transfers.export_waits", member.email, export=row.id, member=member.id)


@service.renders("transfers.export_waits")
def _waits(message: OutboxMessage) -> Letter | None:
    """Nothing where it waits no longer, or its reader lost the right or left since."""
    row = queries.export(message.context["export"])
    if row is None or row.state is not ExportState.WAITING or row.is_over:
        return None
    member = next((one for one in _deciders(row) if one.id == message.context["member"]), None)
    if member is None:
        return None
    context = {"name": member.name, "row": row, "link": service.link(f"{PATH}/{row.id}")}
    return Letter("transfers/export_waits", context, to=member.email, locale=_locale(member))


def export_decided(row: Export) -> None:
    """Tell the asker."""
    member = staff.by_id(row.asked_by)
    if member is not None and member.dismissed_at is None:
        service.post("transfers.export_decided", member.email, export=row.id)


@service.renders("transfers.export_decided")
def _decided(message: OutboxMessage) -> Letter | None:
    row = queries.export(message.context["export"])
    member = staff.by_id(row.asked_by) if row is not None else None
    if row is None or member is None or row.state is ExportState.WAITING:
        return None
    context = {
        "name": member.name,
        "row": row,
        "is_approved": row.state is ExportState.APPROVED,
        "link": service.link(f"{PATH}/{row.id}"),
    }
    return Letter("transfers/export_decided", context, to=member.email, locale=_locale(member))


def _deciders(row: Export) -> list[StaffMember]:
    """Whose word counts: whoever may export and did not ask, and of masked numbers may see them."""
    others = [member for member in staff.who_may(Permission.CUSTOMER_EXPORT) if member.id != row.asked_by]
    if not row.is_revealing:
        return others
    sees = {member.id for member in staff.who_may(Permission.CUSTOMER_REVEAL)}
    return [member for member in others if member.id in sees]


def _locale(member: StaffMember) -> str | None:
    return member.account.locale if member.account is not None else None
