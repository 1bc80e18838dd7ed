"""roles that shops edit, stores that retire"""

revision = "0010_roles_and_stores"
down_revision = "0009_groups_and_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
