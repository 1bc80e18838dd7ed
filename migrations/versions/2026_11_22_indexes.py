"""indexes for what every account page and every sweep asks"""

import sqlalchemy as sa
from alembic import op

revision = "0003_indexes"
down_revision = "0002_guards_and_first_rows"
branch_labels = None
depends_on = None

IS_PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_index("ix_subscription_email_key", "subscription", ["email_key"])
    op.create_index(
        "ix_subscription_pending",
        "subscription",
        ["changed_at"],
        sqlite_where=IS_PENDING,
        postgresql_where=IS_PENDING,
    )
    op.create_index("ix_action_token_expires_at", "action_token", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_action_token_expires_at", "action_token")
    op.drop_index("ix_subscription_pending", "subscription")
    op.drop_index("ix_subscription_email_key", "subscription")
