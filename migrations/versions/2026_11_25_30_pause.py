"""what the mail server said when a campaign paused by itself"""

import sqlalchemy as sa
from alembic import op

revision = "0030_pause"
down_revision = "0028_sign_ins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("pause_said", sa.String(1000), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("campaign", "pause_said")
