"""Mails about exports that need a second member: that one waits, and what was said about it."""

from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.staff import queries as staff
from portal.staff.rules import Permission
from portal.transfers import queries
from portal.transfers.models import Export, ExportState

PATH = "/staff/transfers/exports"


def export_waits(row: Export) -> None:
    """Tell everybody who may decide, once; not the asker, and of masked numbers only who may see them."""
    may = {member.id: member for member in staff.who_may(Permission.CUSTOMER_EXPORT) if member.id != row.asked_by}
    if row.is_revealing:
        may = {member.id: member for member in staff.who_may(Permission.CUSTOMER_REVEAL) if member.id in may}
    for member in may.values():
        service.post("transfers.export_waits", member.email, export=row.id, member=member.id)


@service.renders("transfers.export_waits")
def _waits(message: OutboxMessage) -> Letter | None:
    row, member = queries.export(message.context["export"]), staff.by_id(message.context["member"])
    if row is None or member is None or row.state is not ExportState.WAITING or row.is_over:
        return None
    context = {"name": member.name, "row": row, "link": service.link(f"{PATH}/{row.id}")}
    return Letter("transfers/export_waits", context, to=member.email)


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
    return Letter("transfers/export_decided", context, to=member.email)
