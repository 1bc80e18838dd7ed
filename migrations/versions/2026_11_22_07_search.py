"""text search over customers, copies that the list filters by, saved views and the columns a person chose"""

import sqlalchemy as sa
from alembic import op

revision = "0007_search"
down_revision = "0006_records"
branch_labels = None
depends_on = None

HAS_OPEN_APPLICATION = sa.text("has_open_application")

# What the list filters by and other tables own, by the column that copies it and the table it follows. The database
# keeps the copies itself, so that no verb, import or bulk load can forget them.
COPIES = {
    "group_id": (
        "group_membership",
        "(SELECT m.group_id FROM group_membership m WHERE m.customer_id = customer.id AND m.is_preferred)",
    ),
    "has_open_application": (
        "application",
        (
            "EXISTS (SELECT 1 FROM application a WHERE a.customer_id = customer.id"
            " AND a.state IN ('submitted', 'needs-information'))"
        ),
    ),
    "country": (
        "customer_address",
        (
            "COALESCE((SELECT a.country FROM customer_address a WHERE a.customer_id = customer.id"
            " ORDER BY a.is_delivery DESC, a.id LIMIT 1), '')"
        ),
    ),
}


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    _add_columns()
    for column, (table, value) in COPIES.items():
        op.execute(f"UPDATE customer SET {column} = {value}")
        for statement in _follow_sqlite(column, table, value) if sqlite else _follow_postgresql(column, table, value):
            op.execute(statement)
    op.execute("UPDATE customer SET search_text = '  ' || replace(search_text, ' ', '  ') WHERE search_text <> ''")
    if sqlite:
        _search_sqlite()
    else:
        _search_postgresql()
    _add_indexes()
    _add_views()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_table("saved_view")
    op.drop_column("staff_member", "list_columns")
    for name, table in (
        ("ix_account_last_sign_in_at", "account"),
        ("ix_customer_store_store_id_customer_id", "customer_store"),
        ("ix_customer_has_open_application", "customer"),
        ("ix_customer_country_created_at_id", "customer"),
        ("ix_customer_group_id_created_at_id", "customer"),
        ("ix_customer_status_sort_name_id", "customer"),
        ("ix_customer_group_id_sort_name_id", "customer"),
        ("ix_customer_country_sort_name_id", "customer"),
    ):
        op.drop_index(name, table)
    for column, (table, _value) in COPIES.items():
        for name in _events(sqlite):
            op.execute(f"DROP TRIGGER customer_{column}_{name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION keep_customer_{column}()")
    if sqlite:
        for event in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER customer_fts_{event}")
        op.execute("DROP TABLE customer_fts")
    else:
        op.execute("DROP INDEX ix_customer_search_text_trgm")  # the extension stays: others may use it
    op.execute("UPDATE customer SET search_text = replace(substr(search_text, 3), '  ', ' ') WHERE search_text <> ''")
    for column in COPIES:
        op.drop_column("customer", column)


def _add_columns() -> None:
    op.add_column("customer", sa.Column("group_id", sa.Integer(), nullable=True))
    op.add_column(
        "customer", sa.Column("has_open_application", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("customer", sa.Column("country", sa.String(2), nullable=False, server_default=""))


def _add_indexes() -> None:
    for column in ("status", "group_id", "country"):
        op.create_index(f"ix_customer_{column}_sort_name_id", "customer", [column, "sort_name", "id"])
    op.create_index("ix_customer_group_id_created_at_id", "customer", ["group_id", "created_at", "id"])
    op.create_index("ix_customer_country_created_at_id", "customer", ["country", "created_at", "id"])
    op.create_index(
        "ix_customer_has_open_application",
        "customer",
        ["created_at", "id"],
        sqlite_where=HAS_OPEN_APPLICATION,
        postgresql_where=HAS_OPEN_APPLICATION,
    )
    op.create_index("ix_customer_store_store_id_customer_id", "customer_store", ["store_id", "customer_id"])
    op.create_index("ix_account_last_sign_in_at", "account", ["last_sign_in_at"])


def _add_views() -> None:
    op.add_column("staff_member", sa.Column("list_columns", sa.String(255), nullable=False, server_default=""))
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_key", sa.String(80), nullable=False),
        sa.Column("query", sa.String(1000), nullable=False),
        sa.Column("columns", sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_member_id"], ["staff_member.id"], name="fk_saved_view_staff_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("staff_member_id", "name_key", name="uq_saved_view_staff_member_id_name_key"),
    )


def _events(sqlite: bool) -> tuple[str, ...]:  # noqa: FBT001 - one of two databases
    return ("insert", "update", "delete") if sqlite else ("insert", "update", "update_from", "delete")


def _follow_sqlite(column: str, table: str, value: str) -> list[str]:
    rows = {"insert": "NEW.customer_id", "update": "NEW.customer_id, OLD.customer_id", "delete": "OLD.customer_id"}
    return [
        f"CREATE TRIGGER customer_{column}_{event} AFTER {event.upper()} ON {table} BEGIN"
        f" UPDATE customer SET {column} = {value} WHERE id IN ({rows[event]}) AND {column} IS NOT {value}; END"
        for event in _events(sqlite=True)
    ]


def _follow_postgresql(column: str, table: str, value: str) -> list[str]:
    function = f"keep_customer_{column}()"
    body = (
        f"UPDATE customer SET {column} = {value} WHERE id IN (SELECT customer_id FROM touched)"
        f" AND {column} IS DISTINCT FROM {value}; RETURN NULL;"
    )
    touched = {"insert": "NEW", "update": "NEW", "update_from": "OLD", "delete": "OLD"}
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        *(
            f"CREATE TRIGGER customer_{column}_{name} AFTER {name.partition('_')[0].upper()} ON {table}"
            f" REFERENCING {touched[name]} TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION {function}"
            for name in _events(sqlite=False)
        ),
    ]


def _search_sqlite() -> None:
    fts = "customer_fts"
    row, old = "(rowid, search_text) VALUES (NEW.id, NEW.search_text);", "'delete', OLD.id, OLD.search_text"
    op.execute(
        f"CREATE VIRTUAL TABLE {fts} USING fts5"
        "(search_text, content='customer', content_rowid='id', tokenize='trigram case_sensitive 1')"
    )
    op.execute(f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')")
    forget = f"INSERT INTO {fts} ({fts}, rowid, search_text) VALUES ({old});"
    remember = f"INSERT INTO {fts} {row}"
    changed = "OF search_text ON customer WHEN OLD.search_text IS NOT NEW.search_text"
    op.execute(f"CREATE TRIGGER {fts}_insert AFTER INSERT ON customer BEGIN {remember} END")
    op.execute(f"CREATE TRIGGER {fts}_delete AFTER DELETE ON customer BEGIN {forget} END")
    op.execute(f"CREATE TRIGGER {fts}_update AFTER UPDATE {changed} BEGIN {forget} {remember} END")


def _search_postgresql() -> None:
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError as problem:
        raise RuntimeError(
            "This database lacks the extension pg_trgm, which the search over customers needs, and the role of"
            " PORTAL_DATABASE_URL may not add it. Have an administrator of the database run CREATE EXTENSION pg_trgm"
            " in it once (on Debian it comes with postgresql-contrib), then run this again."
        ) from problem
    op.execute("CREATE INDEX ix_customer_search_text_trgm ON customer USING gin (search_text gin_trgm_ops)")
