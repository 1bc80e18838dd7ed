"""jobs with the rows they refused, and stored files"""

import sqlalchemy as sa
from alembic import op

revision = "0005_jobs_and_files"
down_revision = "0004_trusted_accounts"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("state", _words("jobstate", "queued", "running", "done", "failed", "cancelled"), nullable=False),
        sa.Column(
            "owner_kind", _words("actorkind", "customer", "staff", "operator", "system", "visitor"), nullable=False
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("owner_name", sa.String(120), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("started_at", nullable=True),
        _moment("finished_at", nullable=True),
        _moment("cancel_asked_at", nullable=True),
        _moment("due_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("broke", sa.Integer(), nullable=False),
        sa.Column("undoes_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["undoes_id"], ["job.id"], name="fk_job_undoes_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("undoes_id", name="uq_job_undoes_id"),
    )
    op.create_index("ix_job_due", "job", ["due_at", "id"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    op.create_index("ix_job_owner_kind_owner_id_id", "job", ["owner_kind", "owner_id", "id"])
    op.create_table(
        "job_item",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("thing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", _words("outcome", "waiting", "changed", "unchanged", "refused"), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_item_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "thing_id", name="pk_job_item"),
    )
    op.create_table(
        "job_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("column", sa.String(120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_problem_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_job_problem"),
    )
    op.create_index("ix_job_problem_job_id", "job_problem", ["job_id"])
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        _moment("created_at"),
        _moment("expires_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_stored_file"),
        sa.UniqueConstraint("key", name="uq_stored_file_key"),
    )
    op.create_index("ix_stored_file_customer_id", "stored_file", ["customer_id"])
    op.create_index("ix_stored_file_expires_at", "stored_file", ["expires_at"])


def downgrade() -> None:
    op.drop_table("stored_file")
    op.drop_table("job_problem")
    op.drop_table("job_item")
    op.drop_table("job")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=32, create_constraint=True)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
