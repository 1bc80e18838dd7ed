"""The queue of applications, and mails that were not to leave, are read off an index in the order of their lists"""

import sqlalchemy as sa
from alembic import op

revision = "0038_queue"
down_revision = "0037_ghosts"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("state IN ('submitted', 'needs-information')")
IS_SUPPRESSED = sa.text("state = 'suppressed'")
INDEXES = {
    "ix_application_open": ("application", ("submitted_at", "id"), IS_OPEN),
    "ix_application_open_group": ("application", ("group_id", "submitted_at", "id"), IS_OPEN),
    "ix_outbox_message_suppressed": ("outbox_message", ("id",), IS_SUPPRESSED),
}


def upgrade() -> None:
    for name, (table, columns, where) in INDEXES.items():
        op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, (table, _columns, _where) in INDEXES.items():
        op.drop_index(name, table)
