"""what is known of a customer beyond name and contact"""

revision = "0006_records"
down_revision = "0005_jobs_and_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
