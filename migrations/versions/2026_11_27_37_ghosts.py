"""applications that stayed behind with a record that became part of another no longer wait in the queue"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0037_ghosts"
down_revision = "0036_taken"
branch_labels = None
depends_on = None


def upgrade() -> None:
    application = sa.table(
        "application", sa.column("customer_id"), sa.column("state"), sa.column("decided_at", sa.DateTime(timezone=True))
    )
    customer = sa.table("customer", sa.column("id"), sa.column("merged_into_id"))
    merged = sa.select(customer.c.id).where(customer.c.merged_into_id.is_not(None))
    waits = application.c.state.in_(("submitted", "needs-information"))
    ghosts = sa.update(application).where(waits, application.c.customer_id.in_(merged))
    op.execute(ghosts.values(state="withdrawn", decided_at=datetime.now(UTC)))


def downgrade() -> None:
    """They have no decision that could be taken back."""
