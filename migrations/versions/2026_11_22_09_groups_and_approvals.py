"""all that applications, memberships and approvers keep"""

import sqlalchemy as sa
from alembic import op

revision = "0009_groups_and_approvals"
down_revision = "0008_custom_fields"
branch_labels = None
depends_on = None

OF_GROUPS = ("answer_within", "may_undo", "two_approvers")
STEPS = (
    "submitted", "asked", "answered", "seconded", "approved", "declined", "undone", "withdrawn", "expired",
)  # fmt: skip
OF_APPLICATIONS = (
    "was_member", "was_preferred_id", "was_held", "undo_until", "seconded_at", "seconded_by_id", "seconded_by",
    "may_reapply_at", "reminded_at", "answered_at", "message",
)  # fmt: skip
REASONS = (
    ("unconfirmed", "We couldn’t confirm the details that you gave us."),
    ("unsuited", "What you told us doesn’t fit what this group is for."),
    ("known", "You have another account with us already. Use that one."),
    ("elsewhere", "We don’t serve your area in this group yet."),
)


def upgrade() -> None:
    op.add_column("customer_group", _flag("two_approvers"))
    op.add_column("customer_group", _flag("may_undo"))
    op.add_column("customer_group", sa.Column("answer_within", sa.Integer(), nullable=False, server_default="24"))
    _applications()
    _approvers()


def downgrade() -> None:
    for table in ("approver_digest", "decision_run", "decline_reason", "approver_scope"):
        op.drop_table(table)
    with op.batch_alter_table("application_event") as batch_op:
        batch_op.drop_constraint(op.f("ck_application_event_step"), type_="check")
        batch_op.drop_column("step")
    op.drop_index("ix_application_decided_at", "application")
    for column in OF_APPLICATIONS:  # not in a batch: the triggers of the search hang on this table
        op.drop_column("application", column)
    with op.batch_alter_table("customer_group") as batch_op:
        for column in OF_GROUPS:
            batch_op.drop_column(column)


def _applications() -> None:
    op.add_column("application", _text("message", sa.Text()))
    op.add_column("application", _moment("answered_at"))
    op.add_column("application", _moment("reminded_at"))
    op.add_column("application", _moment("may_reapply_at"))
    op.add_column("application", _text("seconded_by", sa.String(120)))
    op.add_column("application", sa.Column("seconded_by_id", sa.Integer(), nullable=True))
    op.add_column("application", _moment("seconded_at"))
    op.add_column("application", _moment("undo_until"))
    op.add_column("application", _flag("was_held"))
    op.add_column("application", sa.Column("was_preferred_id", sa.Integer(), nullable=True))
    op.add_column("application", _flag("was_member"))
    op.execute("UPDATE application SET may_reapply_at = decided_at WHERE state = 'declined'")
    op.create_index("ix_application_decided_at", "application", ["decided_at"])
    listed = ", ".join(f"'{step}'" for step in STEPS)  # SQLite adds a checked column, but no check to a column
    check = f"CONSTRAINT ck_application_event_step CHECK (step IN ({listed}))"
    op.execute(f"ALTER TABLE application_event ADD COLUMN step VARCHAR(32) NOT NULL DEFAULT 'submitted' {check}")
    op.execute("UPDATE application_event SET step = CASE state WHEN 'needs-information' THEN 'asked' ELSE state END")


def _approvers() -> None:
    op.create_table(
        "approver_scope",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("staff_member", "approver_scope"),
        _to("group", "approver_scope", table="customer_group", nullable=True),
        _to("store", "approver_scope", nullable=True),
    )
    op.create_index("ix_approver_scope_staff_member_id", "approver_scope", ["staff_member_id"])
    op.create_index("ix_approver_scope_group_id", "approver_scope", ["group_id"])
    reasons = op.create_table(
        "decline_reason",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.UniqueConstraint("code", name="uq_decline_reason_code"),
    )
    op.bulk_insert(
        reasons, [{"code": code, "words": words, "place": place} for place, (code, words) in enumerate(REASONS, 1)]
    )
    op.create_table(
        "decision_run",
        sa.Column("id", sa.Integer(), primary_key=True),
        _to("staff_member", "decision_run"),
        _moment("at", nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
    )
    op.create_index("ix_decision_run_staff_member_id", "decision_run", ["staff_member_id"])
    op.create_table(
        "approver_digest",
        _to("staff_member", "approver_digest", primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date(), primary_key=True, nullable=False),
    )


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _text(name: str, kind: sa.types.TypeEngine[str]) -> sa.Column[str]:
    return sa.Column(name, kind, nullable=False, server_default="")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(name: str, here: str, *, table: str = "", nullable: bool = False, **more: bool) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table or name}.id", name=f"fk_{here}_{name}_id", ondelete="CASCADE")
    return sa.Column(f"{name}_id", sa.Integer(), key, nullable=nullable, **more)
