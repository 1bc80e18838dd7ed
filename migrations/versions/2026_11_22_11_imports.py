"""imports, their staging rows and mappings"""

revision = "0011_imports"
down_revision = "0010_roles_and_stores"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
