"""roles that shops edit, stores that retire"""

import sqlalchemy as sa
from alembic import op

revision = "0010_roles_and_stores"
down_revision = "0009_groups_and_approvals"
branch_labels = None
depends_on = None

VERSIONED = ("store", "role", "staff_member")
IN_ALL_STORES = sa.text("store_id IS NULL")


def upgrade() -> None:
    for table in VERSIONED:
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("store", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("role", sa.Column("name_key", sa.String(160), nullable=False, server_default=""))
    op.execute("UPDATE role SET name_key = lower(name)")
    op.create_index("ix_role_name_key", "role", ["name_key"], unique=True)
    # Until now nothing kept a role from being given twice where no store is named.
    op.execute(
        "DELETE FROM staff_role WHERE store_id IS NULL AND id NOT IN "
        "(SELECT min(id) FROM staff_role WHERE store_id IS NULL GROUP BY staff_member_id, role_id)"
    )
    op.create_index(
        "ix_staff_role_in_all_stores",
        "staff_role",
        ["staff_member_id", "role_id"],
        unique=True,
        sqlite_where=IN_ALL_STORES,
        postgresql_where=IN_ALL_STORES,
    )


def downgrade() -> None:
    op.drop_index("ix_staff_role_in_all_stores", "staff_role")
    op.drop_index("ix_role_name_key", "role")
    op.drop_column("role", "name_key")
    op.drop_column("store", "retired_at")
    for table in VERSIONED:
        op.drop_column(table, "version")
