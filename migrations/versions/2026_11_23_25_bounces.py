"""bounces, complaints, clicks, and the sums of campaigns"""

import sqlalchemy as sa
from alembic import op

revision = "0025_bounces"
down_revision = "0024_ledger"
branch_labels = None
depends_on = None

KINDS = ("hard", "soft", "policy", "complaint", "unsubscribe", "touch", "click", "scan")
REPORTS = ("new", "bounce", "complaint", "delay", "reply", "unclear", "ignored")
RIGHTS = tuple(f"backoffice.newsletter.bounce.{right}" for right in ("view", "settle"))
SUMS = ("hard", "soft", "policy", "complaints", "unsubscribes", "late", "clickers", "clicks", "scans")
TABLES = (
    *("delivery_event", "campaign_link", "inbound_report"),
    *("campaign_result", "campaign_counter", "chunk_reading", "audience_day", "reading_mark"),
)


def upgrade() -> None:
    _events()
    _reports()
    _sums()
    op.add_column("subscription", sa.Column("bounce_score", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("subscription", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    # A shop that has its roles already: its marketing looks after what comes back from now on.
    for right in RIGHTS:
        op.execute(
            f"INSERT INTO role_grant (role_id, permission) SELECT id, '{right}' FROM role "
            "WHERE name IN ('owner', 'marketing')"
        )


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission LIKE 'backoffice.newsletter.bounce.%'")
    for name in ("bounced_at", "bounce_score"):
        op.drop_column("subscription", name)
    for table in TABLES:
        op.drop_table(table)


def number(name: str, kind: type = sa.Integer, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind(), nullable=nullable)


def word(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _events() -> None:
    kind = sa.Enum(*KINDS, name="eventkind", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "delivery_event",
        *(number(name) for name in ("id", "campaign_id", "subscription_id")),
        sa.Column("kind", kind, nullable=False),
        *(number(name) for name in ("link_id", "slot")),
        moment("at"),
        word("detail", 255),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_event"),
        sa.UniqueConstraint(
            *("campaign_id", "kind", "subscription_id", "link_id", "slot"),
            name="uq_delivery_event_campaign_id_kind_subscription_id_link_id_slot",
        ),
    )
    op.create_index(
        "ix_delivery_event_subscription_id_campaign_id", "delivery_event", ["subscription_id", "campaign_id"]
    )
    touch = sa.text("kind = 'touch'")
    op.create_index("ix_delivery_event_touch", "delivery_event", ["at"], sqlite_where=touch, postgresql_where=touch)
    op.create_table(
        "campaign_link",
        *(number(name) for name in ("id", "campaign_id")),
        number("position", sa.SmallInteger),
        sa.Column("url", sa.Text(), nullable=False),
        word("label", 120),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_link"),
        sa.UniqueConstraint("campaign_id", "position", name="uq_campaign_link_campaign_id_position"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_campaign_link_campaign_id"),
    )


def _reports() -> None:
    kind = sa.Enum(*REPORTS, name="reportkind", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "inbound_report",
        number("id"),
        word("digest", 64),
        moment("received_at"),
        word("recipient", 320),
        number("size"),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        word("subject", 255),
        *(number(name, nullable=True) for name in ("campaign_id", "subscription_id")),
        word("outcome", 255),
        moment("settled_at", nullable=True),
        word("settled_by", 120),
        sa.PrimaryKeyConstraint("id", name="pk_inbound_report"),
        sa.UniqueConstraint("digest", name="uq_inbound_report_digest"),
    )
    op.create_index("ix_inbound_report_kind_id", "inbound_report", ["kind", "id"])
    op.create_index("ix_inbound_report_subscription_id", "inbound_report", ["subscription_id"])
    op.create_index("ix_inbound_report_received_at", "inbound_report", ["received_at"])


def _sums() -> None:
    op.create_table(
        "campaign_result",
        number("campaign_id"),
        number("is_stale", sa.Boolean),
        moment("folded_at", nullable=True),
        number("is_counted", sa.Boolean),
        number("pause_from"),
        *(number(name) for name in SUMS),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_result"),
    )
    op.create_table(
        "campaign_counter",
        number("campaign_id"),
        word("figure", 32),
        word("part", 255),
        number("value"),
        sa.PrimaryKeyConstraint("campaign_id", "figure", "part", name="pk_campaign_counter"),
    )
    op.create_table(
        "chunk_reading",
        *(number(name) for name in ("campaign_id", "number", "rejected")),
        number("is_counted", sa.Boolean),
        sa.PrimaryKeyConstraint("campaign_id", "number", name="pk_chunk_reading"),
    )
    op.create_table(
        "audience_day",
        number("audience_id"),
        number("day", sa.Date),
        *(number(name) for name in ("joined", "left")),
        number("subscribed", nullable=True),
        sa.PrimaryKeyConstraint("audience_id", "day", name="pk_audience_day"),
    )
    op.create_table(
        "reading_mark",
        word("name", 32),
        number("last_id"),
        sa.PrimaryKeyConstraint("name", name="pk_reading_mark"),
    )
