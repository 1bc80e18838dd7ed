"""custom fields, their values, and tags"""

revision = "0008_custom_fields"
down_revision = "0007_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
