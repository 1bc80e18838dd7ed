"""the ledger of a campaign that ended long ago, packed"""

import sqlalchemy as sa
from alembic import op

revision = "0027_bits"
down_revision = "0025_bounces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery_bits",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "first_id", "state", name="pk_delivery_bits"),
    )
    op.add_column("delivery_chunk", sa.Column("is_packed", sa.Boolean(), nullable=False, server_default=sa.false()))
    where = sa.text("NOT is_packed")
    op.create_index(
        "ix_delivery_chunk_loose",
        "delivery_chunk",
        ["campaign_id", "number"],
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    # What is packed stays so: before this there was no place for it, and the sums of the chunks say it all.
    op.drop_index("ix_delivery_chunk_loose", "delivery_chunk")
    op.drop_column("delivery_chunk", "is_packed")
    op.drop_table("delivery_bits")
