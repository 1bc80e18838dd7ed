"""the filters of the list of customers in the order of their numbers, and who waits in every order"""

import sqlalchemy as sa
from alembic import op

revision = "0017_list_indexes"
down_revision = "0016_exports"
branch_labels = None
depends_on = None

FILTERS = ("status", "group_id", "country")
PAIRS = (("status", "group_id"), ("group_id", "country"), ("country", "status"))  # so that few of both are found
WAITING = {"ix_customer_waiting_sort_name": "sort_name", "ix_customer_waiting_number": "number"}
HAS_OPEN_APPLICATION = sa.text("has_open_application")


def upgrade() -> None:
    for column in FILTERS:
        op.create_index(f"ix_customer_{column}_number_id", "customer", [column, "number", "id"])
    for pair in PAIRS:
        op.create_index(f"ix_customer_{'_'.join(pair)}", "customer", list(pair))
    for name, column in WAITING.items():
        op.create_index(
            name,
            "customer",
            [column, "id"],
            sqlite_where=HAS_OPEN_APPLICATION,
            postgresql_where=HAS_OPEN_APPLICATION,
        )
    _tell_the_planner()


def downgrade() -> None:
    for name in WAITING:
        op.drop_index(name, "customer")
    for pair in reversed(PAIRS):
        op.drop_index(f"ix_customer_{'_'.join(pair)}", "customer")
    for column in FILTERS:
        op.drop_index(f"ix_customer_{column}_number_id", "customer")


def _tell_the_planner() -> None:
    """SQLite takes an index that it knows nothing of for a better one than those it has figures for."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite" and sa.inspect(bind).has_table("sqlite_stat1"):
        op.execute("ANALYZE customer")
