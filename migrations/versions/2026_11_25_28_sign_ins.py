"""whose last sign-in is older than the record, and indexes that tell of two filters without the customers"""

import sqlalchemy as sa
from alembic import op

revision = "0028_sign_ins"
down_revision = "0027_bits"
branch_labels = None
depends_on = None

COLUMN = "sign_in_is_older"
INDEX = "ix_customer_sign_in_is_older"
# The database keeps the copy itself, so that no verb, import or bulk load can forget it.
VALUE = "EXISTS (SELECT 1 FROM account a WHERE a.id = {row}.account_id AND a.last_sign_in_at < {row}.created_at)"
FILTERS = ("status", "group_id", "country")
OF_CUSTOMER = "account_id, created_at"
OF_ACCOUNT = "last_sign_in_at"


def upgrade() -> None:
    op.add_column("customer", sa.Column(COLUMN, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE customer SET {COLUMN} = TRUE WHERE {VALUE.format(row='customer')}")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _follow_sqlite() if sqlite else _follow_postgresql():
        op.execute(statement)
    _index_some(INDEX, COLUMN, "created_at", "id")
    for column in FILTERS:
        _index_some(f"ix_customer_waiting_{column}", "has_open_application", column, "created_at", "id")
        op.create_index(
            f"ix_customer_{column}_created_at_id_account_id", "customer", [column, "created_at", "id", "account_id"]
        )
        op.drop_index(f"ix_customer_{column}_created_at_id", "customer")
    _tell_the_planner()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for column in FILTERS:
        op.create_index(f"ix_customer_{column}_created_at_id", "customer", [column, "created_at", "id"])
        op.drop_index(f"ix_customer_{column}_created_at_id_account_id", "customer")
        op.drop_index(f"ix_customer_waiting_{column}", "customer")
    op.drop_index(INDEX, "customer")
    for name, table in _triggers(sqlite):
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute(f"DROP FUNCTION set_customer_{COLUMN}()")
        op.execute(f"DROP FUNCTION keep_customer_{COLUMN}()")
    op.drop_column("customer", COLUMN)


def _index_some(name: str, where: str, *columns: str) -> None:
    op.create_index(name, "customer", list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _tell_the_planner() -> None:
    """SQLite takes an index without figures for a better one; PostgreSQL takes half of all customers for marked."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql" or sa.inspect(bind).has_table("sqlite_stat1"):
        op.execute("ANALYZE customer")


def _triggers(sqlite: bool) -> list[tuple[str, str]]:  # noqa: FBT001 - one of two databases
    of_customer = [f"customer_{COLUMN}_insert", f"customer_{COLUMN}_update"] if sqlite else [f"customer_{COLUMN}"]
    return [*((name, "customer") for name in of_customer), (f"account_{COLUMN}", "account")]


def _keep() -> str:
    value = VALUE.format(row="customer")
    return f"UPDATE customer SET {COLUMN} = {value} WHERE account_id = NEW.id AND {COLUMN} <> {value};"


def _follow_sqlite() -> list[str]:
    value = VALUE.format(row="NEW")
    change = f"BEGIN UPDATE customer SET {COLUMN} = {value} WHERE id = NEW.id; END"
    return [
        (
            f"CREATE TRIGGER customer_{COLUMN}_insert AFTER INSERT ON customer"
            f" WHEN NEW.account_id IS NOT NULL AND {value} {change}"
        ),
        (
            f"CREATE TRIGGER customer_{COLUMN}_update AFTER UPDATE OF {OF_CUSTOMER} ON customer"
            f" WHEN NEW.{COLUMN} <> {value} {change}"
        ),
        f"CREATE TRIGGER account_{COLUMN} AFTER UPDATE OF {OF_ACCOUNT} ON account BEGIN {_keep()} END",
    ]


def _follow_postgresql() -> list[str]:
    body = f"NEW.{COLUMN} := NEW.account_id IS NOT NULL AND {VALUE.format(row='NEW')}; RETURN NEW;"
    function = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    return [
        f"CREATE FUNCTION set_customer_{COLUMN}() {function} {body} END $$",
        f"CREATE FUNCTION keep_customer_{COLUMN}() {function} {_keep()} RETURN NULL; END $$",
        (
            f"CREATE TRIGGER customer_{COLUMN} BEFORE INSERT OR UPDATE OF {OF_CUSTOMER} ON customer"
            f" FOR EACH ROW EXECUTE FUNCTION set_customer_{COLUMN}()"
        ),
        (
            f"CREATE TRIGGER account_{COLUMN} AFTER UPDATE OF {OF_ACCOUNT} ON account"
            f" FOR EACH ROW EXECUTE FUNCTION keep_customer_{COLUMN}()"
        ),
    ]
