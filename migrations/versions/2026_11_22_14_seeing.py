"""figures of each day"""

revision = "0014_seeing"
down_revision = "0013_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
