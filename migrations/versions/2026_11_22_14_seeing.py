"""figures of each day"""

import sqlalchemy as sa
from alembic import op

revision = "0014_seeing"
down_revision = "0013_privacy"
branch_labels = None
depends_on = None

FIGURES = ("registrations", "confirmations", "waiting", "decisions", "decision-seconds", "subscribers")


def upgrade() -> None:
    figure = sa.Enum(*FIGURES, name="figure", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "daily_figure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", figure, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "figure", name="pk_daily_figure"),
    )


def downgrade() -> None:
    op.drop_table("daily_figure")
