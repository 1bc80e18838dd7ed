"""what rows of imports bring beside the customer, and who may import into groups that ask for approval"""

import sqlalchemy as sa
from alembic import op

revision = "0015_imports"
down_revision = "0014_seeing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customer_import_row", sa.Column("more", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("customer_import_row", "more")
