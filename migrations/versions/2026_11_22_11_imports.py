"""imports, their staging rows and mappings"""

import sqlalchemy as sa
from alembic import op

revision = "0011_imports"
down_revision = "0010_roles_and_stores"
branch_labels = None
depends_on = None

RIGHTS = tuple(f"backoffice.store_control.customer.{operation}" for operation in ("export", "import"))
STAGES = ("match", "check", "ready", "import", "done", "undone")
ROW = (
    ("first_name", sa.String(64)),
    ("last_name", sa.String(64)),
    ("email", sa.String(320)),
    ("telephone", sa.String(64)),
    ("e164", sa.String(16)),
    ("nationality", sa.String(2)),
    ("remarks", sa.Text()),
    ("search_text", sa.Text()),
    ("sort_name", sa.String(160)),
    ("telephone_count", sa.Integer()),
    ("is_disabled", sa.Boolean()),
    ("stores", sa.Text()),
    ("address", sa.Text()),
    ("password_hash", sa.String(128)),
    ("consent_source", sa.String(120)),
    ("before", sa.Text()),
    ("raw", sa.Text()),
    ("column", sa.String(120)),
    ("value", sa.Text()),
    ("reason", sa.Text()),
    ("found_by", sa.String(32)),
    ("outcome", sa.String(8)),
)
MAY_BE_NULL = (
    ("customer_id", sa.Integer()),
    ("version", sa.Integer()),
    ("number", sa.String(32)),
    ("email_key", sa.String(320)),
    ("external_id", sa.String(64)),
    ("gender", sa.String(32)),
    ("born_on", sa.Date()),
    ("anniversary_on", sa.Date()),
    ("preferred_channel", sa.String(32)),
    ("group_id", sa.Integer()),
    ("consent_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    stage = sa.Enum(*STAGES, name="stage", native_enum=False, length=32, create_constraint=True)
    op.create_table(
        "customer_import",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file_id", sa.Integer(), sa.ForeignKey("stored_file.id", ondelete="SET NULL")),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("read_as", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("columns", "mapping", "counts")),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("stage", stage, nullable=False),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("owner_name", sa.String(120), nullable=False),
        sa.Column("check_id", sa.Integer()),
        sa.Column("job_id", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_customer_import_owner_id", "customer_import", ["owner_id"])
    op.create_table(
        "customer_import_row",
        sa.Column(
            "import_id",
            sa.Integer(),
            sa.ForeignKey("customer_import.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, kind, nullable=False) for name, kind in ROW),
        *(sa.Column(name, kind) for name, kind in MAY_BE_NULL),
    )
    for columns in (["import_id", "outcome", "line"], ["email_key", "import_id"], ["import_id", "number"]):
        op.create_index(f"ix_customer_import_row_{'_'.join(columns)}", "customer_import_row", columns)
    op.create_index("ix_customer_import_row_customer_id", "customer_import_row", ["customer_id"])
    for right in RIGHTS:  # a shop that has its roles already
        op.execute(f"INSERT INTO role_grant (role_id, permission) SELECT id, '{right}' FROM role WHERE name = 'owner'")


def downgrade() -> None:
    for right in RIGHTS:
        op.execute(f"DELETE FROM role_grant WHERE permission = '{right}'")
    op.drop_table("customer_import_row")
    op.drop_table("customer_import")
