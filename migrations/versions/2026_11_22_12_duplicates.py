"""duplicates, merges and numbers that stay as aliases"""

revision = "0012_duplicates"
down_revision = "0011_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
