"""The mail that tells who asked for an export what a second member said."""

from portal.mail import service
from portal.mail.models import OutboxMessage
from portal.mail.service import Letter
from portal.staff import queries as staff
from portal.transfers import queries
from portal.transfers.models import Export, ExportState

PATH = "/staff/transfers/exports"


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
