"""duplicates, merges and numbers that stay as aliases"""

import sqlalchemy as sa
from alembic import op

revision = "0012_duplicates"
down_revision = "0011_imports"
branch_labels = None
depends_on = None

MERGE = "backoffice.store_control.customer.merge"
MADE = (
    "customer_number_alias", "customer_merge", "duplicate_progress", "duplicate_due", "duplicate_key", "duplicate_pair",
)  # fmt: skip


def upgrade() -> None:
    _duplicates()
    _merges()
    op.add_column("customer", sa.Column("merged_into_id", sa.Integer()))
    op.execute(f"INSERT INTO role_grant (role_id, permission) SELECT id, '{MERGE}' FROM role WHERE name = 'owner'")


def downgrade() -> None:
    op.execute(f"DELETE FROM role_grant WHERE permission = '{MERGE}'")
    op.drop_column("customer", "merged_into_id")
    for table in MADE:
        op.drop_table(table)


def _duplicates() -> None:
    op.create_table(
        "duplicate_pair",
        sa.Column("id", sa.Integer(), primary_key=True),
        _customer("first_id"),
        _customer("second_id", index=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        _moment("found_at", nullable=False),
        _moment("dismissed_at"),
        sa.Column("dismissed_by", sa.String(120), nullable=False),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_duplicate_pair_first_id_second_id")),
    )
    is_open = sa.text("dismissed_at IS NULL")
    columns = ["score", "id"]
    op.create_index("ix_duplicate_pair_open", "duplicate_pair", columns, sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "duplicate_key",
        _customer("customer_id", primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("key", sa.String(320), nullable=False, index=True),
    )
    op.create_table("duplicate_due", _customer("customer_id", primary_key=True))
    op.create_table(
        "duplicate_progress",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
    )
    op.execute("INSERT INTO duplicate_progress (id, customer_id) VALUES (1, 0)")


def _merges() -> None:
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Integer(), primary_key=True),
        _customer("kept_id", index=True),
        _customer("gone_id", index=True),
        sa.Column("kept_number", sa.String(32), nullable=False),
        sa.Column("gone_number", sa.String(32), nullable=False),
        _moment("merged_at", nullable=False),
        sa.Column("merged_by", sa.String(120), nullable=False),
        sa.Column("kept_version", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        _moment("undone_at"),
        sa.Column("undone_by", sa.String(120), nullable=False),
    )
    op.create_table(
        "customer_number_alias",
        sa.Column("number", sa.String(32), primary_key=True),
        _customer("customer_id", index=True),
        _moment("since", nullable=False),
    )


def _customer(name: str, **kwargs: bool) -> sa.Column:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("customer.id", ondelete="CASCADE"), nullable=False, **kwargs)


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
