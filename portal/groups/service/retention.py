"""What this feature forgets by itself: the files that were sent with an application, once it is over."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.config import settings
from portal.customers.models import ApplicationAnswer, FieldGroup, FieldValue
from portal.foundation import files, retention
from portal.foundation.database import db
from portal.foundation.retention import AT_ONCE, Rule
from portal.groups.models import Application, Membership


def forget_files(most: int = AT_ONCE) -> int:
    """Delete files of applications that ended longer ago than the shop keeps them; returns how many.

    A file stays as long as the customer is in a group that asks for it, or another application shows it. That there
    was one stays in the application.
    """
    late = [one for one in db.session.scalars(_late().limit(most)) if one is not None]
    if late:
        ours = sa.update(ApplicationAnswer).where(ApplicationAnswer.file_id.in_(late)).values(file_id=None)
        theirs = sa.delete(FieldValue).where(FieldValue.file_id.in_(late))
        for statement in (ours, theirs):
            db.session.execute(statement.execution_options(synchronize_session=False))
        files.remove_at_once(late)
    return len(late)


def _late() -> sa.Select[tuple[int | None]]:
    last = retention.before(settings().keep_application_files)
    if last is None:
        return sa.select(ApplicationAnswer.file_id).where(sa.false())
    query = sa.select(ApplicationAnswer.file_id).join(Application, Application.id == ApplicationAnswer.application_id)
    over = query.where(Application.decided_at < last, ApplicationAnswer.file_id.is_not(None))
    return over.where(~_is_answer_still(), ~_is_shown_elsewhere(last)).distinct()


def _is_answer_still() -> sa.ColumnElement[bool]:
    """Whether the customer's own answer is this file, in a field that one of their groups, or no group at all, asks."""
    asked = sa.select(FieldGroup.field_id).where(FieldGroup.field_id == FieldValue.field_id)
    member = sa.select(Membership.group_id).where(Membership.customer_id == FieldValue.customer_id)
    return sa.exists().where(
        FieldValue.file_id == ApplicationAnswer.file_id,
        sa.or_(~asked.exists(), asked.where(FieldGroup.group_id.in_(member)).exists()),
    )


def _is_shown_elsewhere(last: object) -> sa.ColumnElement[bool]:
    """Whether an application that is open, or ended later, has the same file."""
    other, answer = aliased(Application), aliased(ApplicationAnswer)
    is_recent = sa.or_(other.decided_at.is_(None), other.decided_at >= last)
    return sa.exists().where(answer.file_id == ApplicationAnswer.file_id, other.id == answer.application_id, is_recent)


retention.declare(
    Rule(
        "Files of applications that ended",
        lambda: settings().keep_application_files,
        "keep_application_files",
        lambda: retention.count(_late()),
        forget_files,
    )
)
