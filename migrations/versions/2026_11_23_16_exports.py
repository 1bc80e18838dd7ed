"""exports that wait for a second member of staff"""

import sqlalchemy as sa
from alembic import op

revision = "0016_exports"
down_revision = "0015_imports"
branch_labels = None
depends_on = None

STATES = ("waiting", "approved", "declined")


def upgrade() -> None:
    state = sa.Enum(*STATES, name="exportstate", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "customer_export",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_name", sa.String(120), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("format", sa.String(4), nullable=False),
        sa.Column("is_revealing", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("decided_by", sa.Integer()),
        sa.Column("decided_name", sa.String(120), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_customer_export_state_expires_at", "customer_export", ["state", "expires_at"])


def downgrade() -> None:
    op.drop_table("customer_export")
