"""lines of the ledger of consent whose network address is to be shortened are found without reading all others"""

import sqlalchemy as sa
from alembic import op

revision = "0035_networks"
down_revision = "0032_external"
branch_labels = None
depends_on = None

INDEX = "ix_consent_event_whole_address"
HAS_WHOLE = sa.text("address <> '' AND address NOT LIKE '%/%'")


def upgrade() -> None:
    op.create_index(INDEX, "consent_event", ["at"], sqlite_where=HAS_WHOLE, postgresql_where=HAS_WHOLE)


def downgrade() -> None:
    op.drop_index(INDEX, "consent_event")
