"""custom fields, their values, and tags"""

import sqlalchemy as sa
from alembic import op

revision = "0008_custom_fields"
down_revision = "0007_search"
branch_labels = None
depends_on = None

KINDS = ("text", "long-text", "number", "date", "choice", "choices", "yes-no", "link", "file")
FIELD_VIEW = "backoffice.store_control.custom_field.view"
FIELD_MODIFY = "backoffice.store_control.custom_field.modify"
GIVEN_TO = {"owner": (FIELD_VIEW, FIELD_MODIFY), "clerk": (FIELD_VIEW,)}


def upgrade() -> None:
    _fields()
    _answers()
    _tags()
    op.add_column("registration", sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))
    _grant()


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM role_grant WHERE permission IN (:a, :b)").bindparams(a=FIELD_VIEW, b=FIELD_MODIFY))
    op.drop_column("registration", "answers")
    for table in ("customer_tag", "tag", "application_answer", "custom_value", "custom_field_group", "custom_field"):
        op.drop_table(table)


def _fields() -> None:
    op.create_table(
        "custom_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="fieldkind", native_enum=False, length=32, create_constraint=True),
            nullable=False,
        ),
        sa.Column("help", sa.String(200), nullable=False),
        sa.Column("example", sa.String(120), nullable=False),
        sa.Column("pattern", sa.String(200), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custom_field"),
        sa.UniqueConstraint("key", name="uq_custom_field_key"),
        sa.UniqueConstraint("name_key", name="uq_custom_field_name_key"),
    )
    op.create_table(
        "custom_field_group",
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        _to("custom_field_group", "field_id", "custom_field", ondelete="CASCADE"),
        _to("custom_field_group", "group_id", "customer_group", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("field_id", "group_id", name="pk_custom_field_group"),
    )
    op.create_index("ix_custom_field_group_group_id", "custom_field_group", ["group_id"])


def _answers() -> None:
    for table, owner, moment in (
        ("custom_value", "customer", [sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False)]),
        ("application_answer", "application", []),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("field_id", sa.Integer(), nullable=False),
            sa.Column("value", sa.JSON(), nullable=False),
            sa.Column("file_id", sa.Integer(), nullable=True),
            *moment,
            _to(table, f"{owner}_id", owner, ondelete="CASCADE"),
            _to(table, "field_id", "custom_field"),
            _to(table, "file_id", "stored_file", ondelete="SET NULL"),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint(f"{owner}_id", "field_id", name=f"uq_{table}_{owner}_id_field_id"),
        )
        op.create_index(f"ix_{table}_field_id", table, ["field_id"])
        op.create_index(f"ix_{table}_file_id", table, ["file_id"])


def _tags() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_key", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("name_key", name="uq_tag_name_key"),
    )
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        _to("customer_tag", "customer_id", "customer", ondelete="CASCADE"),
        _to("customer_tag", "tag_id", "tag", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("customer_id", "tag_id", name="pk_customer_tag"),
    )
    op.create_index("ix_customer_tag_tag_id_customer_id", "customer_tag", ["tag_id", "customer_id"])


def _grant() -> None:
    """Roles are made when the first member is invited; a shop that has them already gets the new rights here."""
    grant = sa.text("INSERT INTO role_grant (role_id, permission) SELECT id, :permission FROM role WHERE name = :name")
    for name, permissions in GIVEN_TO.items():
        for permission in permissions:
            op.execute(grant.bindparams(permission=permission, name=name))


def _to(table: str, column: str, other: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete=ondelete)
