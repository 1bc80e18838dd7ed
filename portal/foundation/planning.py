"""What SQLite knows of its tables when it chooses the way to rows: figures that are taken anew as tables grow.

PostgreSQL does so by itself; SQLite does when it is told to. Without any, or with those of a day on which a table had
three rows, it reads a million customers one by one: 47 seconds for a page that takes ten milliseconds.
"""

import sqlalchemy as sa

from portal.foundation.database import Base, db

WORTH = 1_000  # rows; the way to fewer is short, whatever is known of them
GROWN = 4  # times as many rows as when the figures were taken: which way is short, is hardly another one sooner

_FIGURES = sa.text("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl")
_HAS_FIGURES = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
# An index of one column whose values are all different needs no figures: they say that.
_INDEXES = sa.text("""
    SELECT of.name, "index".name FROM sqlite_master AS of, pragma_index_list(of.name) AS "index"
    WHERE of.type = 'table' AND of.sql NOT LIKE '%WITHOUT ROWID%'
    AND NOT ("index"."unique" AND (SELECT count(*) FROM pragma_index_info("index".name)) = 1)
""")


def learn() -> int:
    """Take the figures of tables that have grown, one index after the other: others wait no longer than for one.

    Returns 0: what is left to learn can wait for the next turn.
    """
    if db.engine.dialect.name != "sqlite":
        return 0
    grown = _grown()
    for index in grown:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f'ANALYZE "{index}"')
    if grown:
        _tell()
    return 0


def _grown() -> list[str]:
    """The indexes of tables that have outgrown what is known of them."""
    with db.engine.connect() as connection:
        has_any = connection.scalar(_HAS_FIGURES)
        known = dict(connection.execute(_FIGURES).tuples().all()) if has_any else {}
        indexes = connection.execute(_INDEXES).tuples().all()
        ours = Base.metadata.tables.keys() & {table for table, _index in indexes}
        row_id: sa.ColumnClause[int] = sa.column("rowid", sa.Integer)
        last = [sa.select(sa.literal(table), sa.func.max(row_id)).select_from(sa.table(table)) for table in ours]
        rows = dict(connection.execute(sa.union_all(*last)).tuples().all())
    grown = {table for table, most in rows.items() if (most or 0) >= max(WORTH, GROWN * known.get(table, 0))}
    return [index for table, index in indexes if table in grown]


def _tell() -> None:
    """Have every connection, of other processes too, read the figures: they do when tables come or go."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE figures_are_new (id INTEGER)")
        connection.exec_driver_sql("DROP TABLE figures_are_new")
