"""append-only tables, and the rows that every shop starts with"""

import sqlalchemy as sa
from alembic import op

revision = "0002_guards_and_first_rows"
down_revision = "0001_first_tables"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_entry", "consent_event")

# The one change let through: the address of an erased person is emptied, everything else stays.
KEPT_CONSENT = (
    "id", "subject_hmac", "audience_id", "action", "source", "at", "form_version_id", "address", "browser", "actor",
)  # fmt: skip


def upgrade() -> None:
    guards = _guards_sqlite() if op.get_bind().dialect.name == "sqlite" else _guards_postgresql()
    for statement in guards:
        op.execute(statement)
    _first_rows()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in APPEND_ONLY:
        for act in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
            op.execute(f"DROP TRIGGER {table}_no_{act}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION refuse_change()")


def _guards_sqlite() -> list[str]:
    statements = []
    for table in APPEND_ONLY:
        unless = f"WHEN NOT ({_only_email_emptied('IS')})" if table == "consent_event" else ""
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        statements += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {unless} {refusal}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refusal}",
        ]
    return statements


def _guards_postgresql() -> list[str]:
    refusal = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
    statements = [f"CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ {refusal} $$"]
    for table in APPEND_ONLY:
        unless = f"WHEN (NOT ({_only_email_emptied('IS NOT DISTINCT FROM')}))" if table == "consent_event" else ""
        call = "EXECUTE FUNCTION refuse_change()"
        statements += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {unless} {call}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {call}",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
        ]
    return statements


def _only_email_emptied(same: str) -> str:
    return " AND ".join(["NEW.email IS NULL", *(f"NEW.{column} {same} OLD.{column}" for column in KEPT_CONSENT)])


def _first_rows() -> None:
    moment = sa.func.current_timestamp()
    store = sa.table("store", *map(sa.column, ("code", "name", "address", "time_zone", "currency")))
    op.execute(
        store.insert().values(code="online", name="Online", address="", time_zone="Asia/Kolkata", currency="INR")
    )
    columns = ("name", "name_key", "description", "approval", "at_registration", "is_default", "sort_order", "version")
    group = sa.table("customer_group", *map(sa.column, columns))
    op.execute(
        group.insert().values(
            name="Retail", name_key="retail", description="For your home.", approval="none",
            at_registration=sa.true(), is_default=sa.true(), sort_order=0, version=1,
        )
    )  # fmt: skip
    audience = sa.table(
        "audience", *map(sa.column, ("name", "slug", "description", "is_public", "is_default", "created_at"))
    )
    op.execute(
        audience.insert().values(
            name="Newsletter", slug="newsletter", description="Offers and new arrivals, about twice a month.",
            is_public=sa.true(), is_default=sa.true(), created_at=moment,
        )
    )  # fmt: skip
    op.execute("INSERT INTO customer_number_sequence (id, last) VALUES (1, 10000000)")
