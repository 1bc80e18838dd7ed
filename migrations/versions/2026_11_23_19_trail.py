"""the audit log is read by moment and by act off an index"""

from alembic import op

revision = "0019_trail"
down_revision = "0018_decisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_audit_entry_at", "audit_entry")
    op.create_index("ix_audit_entry_at_id", "audit_entry", ["at", "id"])
    op.create_index("ix_audit_entry_verb_at_id", "audit_entry", ["verb", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_verb_at_id", "audit_entry")
    op.drop_index("ix_audit_entry_at_id", "audit_entry")
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
