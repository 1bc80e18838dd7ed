"""audiences that the shop edits, segments, and how often somebody wants to hear of a topic"""

import sqlalchemy as sa
from alembic import op

revision = "0023_segments"
down_revision = "0022_campaign_pages"
branch_labels = None
depends_on = None

RIGHTS = ("backoffice.newsletter.audience.modify", "backoffice.newsletter.audience.import")
AUDIENCE = ("single_opt_in", "sender_name", "sender_email", "has_archive", "retired_at", "version")


def upgrade() -> None:
    op.add_column("audience", _flag("single_opt_in"))
    op.add_column("audience", sa.Column("sender_name", sa.String(120), nullable=False, server_default=""))
    op.add_column("audience", sa.Column("sender_email", sa.String(320), nullable=False, server_default=""))
    op.add_column("audience", _flag("has_archive"))
    op.add_column("audience", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("audience", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("subscription", sa.Column("days_between", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("subscription", _flag("counts_clicks"))
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_key", sa.String(400), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
        sa.UniqueConstraint("audience_id", "name_key", name="uq_segment_audience_id_name_key"),
        sa.ForeignKeyConstraint(["audience_id"], ["audience.id"], name="fk_segment_audience_id"),
    )
    for right in RIGHTS:
        grant = "INSERT INTO role_grant (role_id, permission) SELECT id, :right FROM role"
        op.execute(sa.text(f"{grant} WHERE name IN ('owner', 'marketing')").bindparams(right=right))


def downgrade() -> None:
    for right in RIGHTS:
        op.execute(sa.text("DELETE FROM role_grant WHERE permission = :right").bindparams(right=right))
    op.drop_table("segment")
    for column in ("counts_clicks", "days_between"):
        op.drop_column("subscription", column)
    for column in reversed(AUDIENCE):
        op.drop_column("audience", column)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
