"""the pace of campaigns, and where campaigns may be sent from"""

import sqlalchemy as sa
from alembic import op

revision = "0021_engine"
down_revision = "0020_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("campaign") as campaign:
        campaign.add_column(sa.Column("pace_at", sa.DateTime(timezone=True), nullable=True))
        campaign.add_column(sa.Column("pace_settled", sa.Integer(), nullable=False, server_default="0"))
        campaign.add_column(sa.Column("per_minute", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_delivery_chunk_open",
        "delivery_chunk",
        ["campaign_id", "number"],
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    )
    op.create_table(
        "installation",
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("place", sa.String(255), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_installation"),
    )
    op.create_table(
        "domain_pace",
        sa.Column("domain", sa.String(255), nullable=False),
        sa.Column("next_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_domain_pace"),
    )


def downgrade() -> None:
    op.drop_table("domain_pace")
    op.drop_table("installation")
    op.drop_index("ix_delivery_chunk_open", "delivery_chunk")
    with op.batch_alter_table("campaign") as campaign:
        for name in ("per_minute", "pace_settled", "pace_at"):
            campaign.drop_column(name)
