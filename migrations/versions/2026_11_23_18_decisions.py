"""decisions that are carried out once nobody can take them back; addresses of the declined that may register anew"""

import sqlalchemy as sa
from alembic import op

revision = "0018_decisions"
down_revision = "0017_list_indexes"
branch_labels = None
depends_on = None

BEFORE = ("was_member", "was_preferred_id", "was_held")
PENDING = sa.text("undo_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("application", _flag("releases_address"))
    op.execute("UPDATE application SET undo_until = NULL WHERE undo_until IS NOT NULL")  # all were carried out at once
    for column in BEFORE:  # not in a batch: the triggers of the search hang on this table
        op.drop_column("application", column)
    op.create_index(
        "ix_application_pending", "application", ["undo_until"], postgresql_where=PENDING, sqlite_where=PENDING
    )


def downgrade() -> None:
    op.drop_index("ix_application_pending", "application")
    op.add_column("application", _flag("was_held"))
    op.add_column("application", sa.Column("was_preferred_id", sa.Integer(), nullable=True))
    op.add_column("application", _flag("was_member"))
    op.drop_column("application", "releases_address")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
