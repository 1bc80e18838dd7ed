"""numbers that rows of a file took before are found by themselves, not among all rows of their import"""

from alembic import op

revision = "0036_taken"
down_revision = "0035_networks"
branch_labels = None
depends_on = None

TABLE = "customer_import_row"
OLD, NEW = ("import_id", "number"), ("number", "import_id")


def upgrade() -> None:
    op.create_index(f"ix_{TABLE}_{'_'.join(NEW)}", TABLE, list(NEW))
    op.drop_index(f"ix_{TABLE}_{'_'.join(OLD)}", TABLE)


def downgrade() -> None:
    op.create_index(f"ix_{TABLE}_{'_'.join(OLD)}", TABLE, list(OLD))
    op.drop_index(f"ix_{TABLE}_{'_'.join(NEW)}", TABLE)
