"""keys of persons, closing and erasure"""

revision = "0013_privacy"
down_revision = "0012_duplicates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
