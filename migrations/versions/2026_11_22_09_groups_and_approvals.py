"""all that applications, memberships and approvers keep"""

revision = "0009_groups_and_approvals"
down_revision = "0008_custom_fields"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
