"""keys of persons, closing and erasure"""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0013_privacy"
down_revision = "0012_duplicates"
branch_labels = None
depends_on = None

ERASE = "backoffice.store_control.customer.erase"

# An entry of before there were keys of persons may lose its personal words, which are then said to be empty; all else
# of it stays, and `flask audit verify` asks that an erasure in the chain names it.
KEPT = ("id", "at", "actor_kind", "actor_id", "subject_kind", "subject_id", "verb", "request_number")

KEPT_CONSENT = ("id", "customer_id", "channel", "action", "source", "at")
Unless = Callable[[str, str], str]  # how a value is the same, and how the changes are read as text


def upgrade() -> None:
    op.create_table(
        "person_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(255)),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("kind", "person_id", name=op.f("uq_person_key_kind_person_id")),
    )
    op.add_column("audit_entry", sa.Column("subject_words", sa.Text()))
    op.add_column("audit_entry", sa.Column("actor_words", sa.Text()))
    op.add_column("account", sa.Column("closing_at", sa.DateTime(timezone=True)))
    op.create_index(op.f("ix_account_closing_at"), "account", ["closing_at"])
    op.add_column("customer", sa.Column("erased_at", sa.DateTime(timezone=True)))
    gone = sa.text("erased_at IS NOT NULL OR merged_into_id IS NOT NULL")
    op.create_index("ix_customer_gone", "customer", ["id"], sqlite_where=gone, postgresql_where=gone)
    op.execute(f"INSERT INTO role_grant (role_id, permission) SELECT id, '{ERASE}' FROM role WHERE name = 'owner'")
    _guard("audit_entry", _only_words_emptied)
    _guard("channel_consent", _only_what_was_said_emptied)


def downgrade() -> None:
    _guard("channel_consent")
    _guard("audit_entry")
    op.execute(f"DELETE FROM role_grant WHERE permission = '{ERASE}'")
    op.drop_index("ix_customer_gone", "customer")
    op.drop_column("customer", "erased_at")
    op.drop_index(op.f("ix_account_closing_at"), "account")
    op.drop_column("account", "closing_at")
    op.drop_column("audit_entry", "actor_words")
    op.drop_column("audit_entry", "subject_words")
    op.drop_table("person_key")


def _guard(table: str, unless: Unless | None = None) -> None:
    """Let an append-only table be changed in one way alone, or in none."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(f"DROP TRIGGER {table}_no_update" + ("" if sqlite else f" ON {table}"))
    head = f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
    if sqlite:
        when = f"WHEN NOT ({unless('IS', 'NEW.changes')})" if unless else ""
        op.execute(f"{head} {when} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
    else:
        when = f"WHEN (NOT ({unless('IS NOT DISTINCT FROM', 'NEW.changes::text')}))" if unless else ""
        op.execute(f"{head} FOR EACH ROW {when} EXECUTE FUNCTION refuse_change()")


def _only_what_was_said_emptied(same: str, changes: str) -> str:
    del changes
    return " AND ".join(
        ["NEW.words = '' AND NEW.who = ''", *(f"NEW.{column} {same} OLD.{column}" for column in KEPT_CONSENT)]
    )


def _only_words_emptied(same: str, changes: str) -> str:
    return " AND ".join(
        [
            *(f"NEW.{column} {same} OLD.{column}" for column in KEPT),
            "OLD.subject_words IS NULL AND OLD.actor_words IS NULL",
            "NEW.subject_words IS NOT NULL AND NEW.subject_words = ''",
            f"NEW.subject_name = '' AND NEW.reason = '' AND {changes} = '{{}}'",
            f"(NEW.actor_name {same} OLD.actor_name OR NEW.actor_name = '')",
            f"(NEW.actor_words {same} OLD.actor_words OR (NEW.actor_name = '' AND NEW.actor_words {same} ''))",
        ]
    )
