"""what campaigns are written with: blocks, segments, a time zone; the library of pictures; domains of senders"""

import sqlalchemy as sa
from alembic import op

revision = "0022_campaign_pages"
down_revision = "0021_engine"
branch_labels = None
depends_on = None

RIGHTS = tuple(f"backoffice.newsletter.campaign.{right}" for right in ("view", "edit", "send"))


def upgrade() -> None:
    _campaigns()
    _pictures()
    op.create_table(
        "sender_domain",
        sa.Column("domain", sa.String(255), nullable=False),
        *(_word(name, 16) for name in ("spf", "dkim", "dmarc")),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_sender_domain"),
    )
    # A shop that has its roles already: its marketing may write and send campaigns from now on.
    for right in RIGHTS:
        op.execute(
            f"INSERT INTO role_grant (role_id, permission) SELECT id, '{right}' FROM role "
            "WHERE name IN ('owner', 'marketing')"
        )


def downgrade() -> None:
    op.execute("DELETE FROM role_grant WHERE permission LIKE 'backoffice.newsletter.campaign.%'")
    for table in ("sender_domain", "content_picture", "library_picture"):
        op.drop_table(table)
    for name in ("blocks", "preview_text"):
        op.drop_column("campaign_content", name)
    for name in (
        *("domain_reason", "changed_by", "changed_at", "is_archived", "tracks_clicks"),
        *("time_zone", "excluded_segment_ids", "segment_id"),
    ):
        op.drop_column("campaign", name)


def _campaigns() -> None:
    # No foreign key: segments come with a migration of their own, and a campaign outlives the one it went to.
    op.add_column("campaign", sa.Column("segment_id", sa.Integer(), nullable=True))
    op.add_column("campaign", _list("excluded_segment_ids"))
    op.add_column("campaign", _word("time_zone", 64))
    op.add_column("campaign", _flag("tracks_clicks"))
    op.add_column("campaign", _flag("is_archived"))
    op.add_column("campaign", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("campaign", _word("changed_by", 120))
    op.add_column("campaign", _word("domain_reason", 500))
    op.add_column("campaign_content", _word("preview_text", 255))
    op.add_column("campaign_content", _list("blocks"))


def _pictures() -> None:
    op.create_table(
        "library_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(48), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("alt", sa.String(255), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_library_picture"),
        sa.UniqueConstraint("key", name="uq_library_picture_key"),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name="fk_library_picture_file_id"),
    )
    op.create_table(
        "content_picture",
        sa.Column("content_id", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("content_id", "picture_id", name="pk_content_picture"),
        sa.ForeignKeyConstraint(
            ["content_id"], ["campaign_content.id"], name="fk_content_picture_content_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["picture_id"], ["library_picture.id"], name="fk_content_picture_picture_id"),
    )
    op.create_index("ix_content_picture_picture_id", "content_picture", ["picture_id"])


def _word(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default="")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _list(name: str) -> sa.Column[list[object]]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")
