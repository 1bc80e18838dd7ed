"""the index of ids from other systems holds those alone who have one"""

import sqlalchemy as sa
from alembic import op

revision = "0032_external"
down_revision = "0030_pause"
branch_labels = None
depends_on = None

INDEX = "ix_customer_external_id"
HAS_ONE = sa.text("external_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index(INDEX, "customer")
    op.create_index(INDEX, "customer", ["external_id"], unique=True, sqlite_where=HAS_ONE, postgresql_where=HAS_ONE)


def downgrade() -> None:
    op.drop_index(INDEX, "customer")
    op.create_index(INDEX, "customer", ["external_id"], unique=True)
