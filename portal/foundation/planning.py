"""What SQLite knows of its tables when it chooses the way to rows: figures that are taken anew as tables grow.

PostgreSQL does so by itself; SQLite does when it is told to. Without any, or with those of a day on which a table had
three rows, it reads a million customers one by one: 47 seconds for a page that takes ten milliseconds.
"""

import sqlalchemy as sa

from portal.foundation.database import Base, db

WORTH = 1_000  # rows: fewer are taken for so many, since they may soon be, and a small table must not look endless
GROWN = 4  # times as many rows as when the figures were taken: which way is short, is hardly another one sooner

_HAS_FIGURES = sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")
# Of how many rows figures were taken: noted last, so that a table is begun anew whose learner was stopped on the way.
_KNOWN = sa.text("SELECT tbl, CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE idx IS NULL")
# An index of one column whose values are all different needs no figures: they say that.
_INDEXES = sa.text("""
    SELECT of.name, "index".name FROM sqlite_master AS of, pragma_index_list(of.name) AS "index"
    WHERE of.type = 'table'
    AND NOT ("index"."unique" AND (SELECT count(*) FROM pragma_index_info("index".name)) = 1)
""")
_COUNTED_BY_ID = sa.text("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'")
_FORGET = sa.text("DELETE FROM sqlite_stat1 WHERE tbl = :table AND (idx IS NULL OR idx NOT IN :learned)").bindparams(
    sa.bindparam("learned", expanding=True)
)
_NOTE = sa.text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, NULL, :rows)")


def learn() -> int:
    """Take the figures of tables that have grown, one index after the other: others wait no longer than for one.

    Returns 0: what is left to learn can wait for the next turn.
    """
    if db.engine.dialect.name != "sqlite":
        return 0
    new = _outgrown()
    with db.engine.connect() as connection:
        indexes = connection.execute(_INDEXES).tuples().all()
    for table, rows in new.items():
        learned = [index for of, index in indexes if of == table and rows > WORTH]
        for index in learned:
            with db.engine.begin() as connection:
                connection.exec_driver_sql(f'ANALYZE "{index}"')
        with db.engine.begin() as connection:
            connection.execute(_FORGET, {"table": table, "learned": learned})
            connection.execute(_NOTE, {"table": table, "rows": str(rows)})
            _tell(connection)
    return 0


def _outgrown() -> dict[str, int]:
    """How many rows the tables have that have outgrown what is known of them, or of which nothing is known."""
    with db.engine.connect() as connection:
        has_any = connection.scalar(_HAS_FIGURES)
    if not has_any:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE sqlite_schema")
    with db.engine.connect() as connection:
        known = dict(connection.execute(_KNOWN).tuples().all())
        ours = Base.metadata.tables.keys() & set(connection.scalars(_COUNTED_BY_ID))
        row_id: sa.ColumnClause[int] = sa.column("rowid", sa.Integer)
        last = [sa.select(sa.literal(table), sa.func.max(row_id)).select_from(sa.table(table)) for table in ours]
        found = connection.execute(sa.union_all(*last)).tuples().all()
    rows = {table: max(most or 0, WORTH) for table, most in found}
    return {table: most for table, most in rows.items() if not most / GROWN < known.get(table, 0) <= most}


def _tell(connection: sa.Connection) -> None:
    """Have every connection, of other processes too, read the figures: they do when tables come or go."""
    connection.exec_driver_sql("CREATE TABLE figures_are_new (id INTEGER)")
    connection.exec_driver_sql("DROP TABLE figures_are_new")
