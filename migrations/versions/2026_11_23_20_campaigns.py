"""campaigns and their ledger"""

import sqlalchemy as sa
from alembic import op

revision = "0020_campaigns"
down_revision = "0019_trail"
branch_labels = None
depends_on = None

STATES = (
    *("draft", "scheduled", "missed", "preparing", "sending", "finishing", "finished"),
    *("pausing", "paused", "cancelling", "cancelled"),
)
COUNTS = ("accepted", "rejected", "skipped", "unknown", "failed", "cancelled")


def moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name: str, kind: type = sa.Integer, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind(), nullable=nullable)


def upgrade() -> None:
    state = sa.Enum(*STATES, name="campaignstate", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "campaign_content",
        number("id"),
        sa.Column("sender", sa.String(320), nullable=False),
        sa.Column("reply_to", sa.String(320), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        moment("created_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_content"),
    )
    op.create_table(
        "campaign",
        number("id"),
        sa.Column("public_id", sa.String(32), nullable=False),
        number("audience_id"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("state", state, nullable=False),
        number("version"),
        number("content_id", nullable=True),
        moment("send_at"),
        moment("stop_trying_at"),
        number("per_hour", nullable=True),
        moment("next_slot_at"),
        number("candidates"),
        sa.Column("excluded", sa.JSON(), nullable=False),
        number("queued"),
        sa.Column("pause_reason", sa.String(32), nullable=False),
        moment("started_at"),
        moment("ended_at"),
        moment("created_at", nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("public_id", name="uq_campaign_public_id"),
        sa.ForeignKeyConstraint(["audience_id"], ["audience.id"], name="fk_campaign_audience_id"),
        sa.ForeignKeyConstraint(["content_id"], ["campaign_content.id"], name="fk_campaign_content_id"),
    )
    op.create_index("ix_campaign_state_send_at", "campaign", ["state", "send_at"])
    op.create_index("ix_campaign_audience_id", "campaign", ["audience_id"])
    op.create_table(
        "delivery_chunk",
        *(number(name) for name in ("campaign_id", "number", "first_id", "last_id", "size")),
        number("state", sa.SmallInteger),
        moment("due_at", nullable=False),
        sa.Column("worker", sa.String(120), nullable=False),
        number("epoch"),
        *(number(name) for name in COUNTS),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_delivery_chunk"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_delivery_chunk_campaign_id"),
    )
    # A million rows in one table: no row ids beside the key on SQLite, room for changes in place on PostgreSQL.
    op.create_table(
        "delivery",
        *(number(name) for name in ("campaign_id", "subscription_id", "chunk")),
        *(number(name, sa.SmallInteger) for name in ("state", "attempt")),
        number("epoch"),
        moment("retry_at"),
        sa.Column("code", sa.String(120), nullable=True),
        moment("at"),
        sa.PrimaryKeyConstraint("campaign_id", "subscription_id", name="pk_delivery"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE delivery SET (fillfactor = 80)")


def downgrade() -> None:
    for table in ("delivery", "delivery_chunk", "campaign", "campaign_content"):
        op.drop_table(table)
