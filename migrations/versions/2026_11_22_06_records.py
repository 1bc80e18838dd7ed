"""what is known of a customer beyond name and contact"""

import sqlalchemy as sa
from alembic import op

revision = "0006_records"
down_revision = "0005_jobs_and_files"
branch_labels = None
depends_on = None

RIGHTS = {
    "backoffice.store_control.customer.reveal_statutory": ("owner", "clerk"),
    "backoffice.store_control.customer.set_credit": ("owner",),
}
LEDGER = "channel_consent"
CHANNELS = ("email", "sms", "telephone", "post")
CHOICES = {"gender": ("female", "male", "other"), "preferred_channel": CHANNELS}
# The one change let through: what was written down of a person's words is emptied, and who wrote; all else stays.
KEPT_CONSENT = ("id", "customer_id", "channel", "action", "source", "at")
CUSTOMER = ("born_on", "nationality", "anniversary_on", "external_id", "remarks")


def upgrade() -> None:
    _customer()
    _contact()
    _tables()
    _consent()
    for right, roles in RIGHTS.items():  # a shop that has its roles already
        names = ", ".join(f"'{role}'" for role in roles)
        op.execute(
            f"INSERT INTO role_grant (role_id, permission) SELECT id, '{right}' FROM role WHERE name IN ({names})"
        )


def downgrade() -> None:
    for right in RIGHTS:
        op.execute(f"DELETE FROM role_grant WHERE permission = '{right}'")
    _drop_guards()
    for table in (LEDGER, "customer_view", "customer_photo", "customer_pos_settings", "customer_statutory"):
        op.drop_table(table)
    for column in ("verified_by", "verified_where"):
        op.drop_column("customer_telephone", column)
    for column in ("telephone", "delivery_note", "gate_code"):
        op.drop_column("customer_address", column)
    op.drop_index("ix_customer_external_id", "customer")
    for column in (*CUSTOMER, *CHOICES):
        op.drop_column("customer", column)


def _customer() -> None:
    for column, words in CHOICES.items():  # SQLite adds a checked column, but no check to a column
        listed = ", ".join(f"'{word}'" for word in words)
        name = {"gender": "gender", "preferred_channel": "channel"}[column]
        check = f"CONSTRAINT ck_customer_{name} CHECK ({column} IN ({listed}))"
        op.execute(f"ALTER TABLE customer ADD COLUMN {column} VARCHAR(32) {check}")
    op.add_column("customer", sa.Column("born_on", sa.Date()))
    op.add_column("customer", sa.Column("nationality", sa.String(2), nullable=False, server_default=""))
    op.add_column("customer", sa.Column("anniversary_on", sa.Date()))
    op.add_column("customer", sa.Column("external_id", sa.String(64)))
    op.add_column("customer", sa.Column("remarks", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_customer_external_id", "customer", ["external_id"], unique=True)


def _contact() -> None:
    for column, length in (("verified_by", 120), ("verified_where", 120)):
        op.add_column("customer_telephone", sa.Column(column, sa.String(length), nullable=False, server_default=""))
    for column, length in (("telephone", 64), ("delivery_note", 255)):
        op.add_column("customer_address", sa.Column(column, sa.String(length), nullable=False, server_default=""))
    op.add_column("customer_address", sa.Column("gate_code", sa.String(255)))


def _tables() -> None:
    op.create_table(
        "customer_statutory",
        sa.Column("id", sa.Integer(), primary_key=True),
        _whose(unique=True),
        *(sa.Column(name, sa.String(255)) for name in ("pan", "gstin", "vat_id", "drivers_licence")),
        sa.Column("state_of_registration", sa.String(64), nullable=False),
    )
    op.create_table(
        "customer_pos_settings",
        sa.Column("id", sa.Integer(), primary_key=True),
        _whose(unique=True),
        sa.Column("allow_credit_sale", sa.Boolean(), nullable=False),
        sa.Column("email_receipts", sa.Boolean(), nullable=False),
        sa.Column("price_note", sa.String(255), nullable=False),
    )
    op.create_table(
        "customer_photo",
        sa.Column("id", sa.Integer(), primary_key=True),
        _whose(unique=True),
        sa.Column("large_id", sa.Integer(), sa.ForeignKey("stored_file.id", ondelete="CASCADE"), nullable=False),
        sa.Column("small_id", sa.Integer(), sa.ForeignKey("stored_file.id", ondelete="CASCADE"), nullable=False),
        _moment("taken_at"),
    )
    op.create_table(
        "customer_view",
        sa.Column("id", sa.Integer(), primary_key=True),
        _whose(),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("member_name", sa.String(120), nullable=False),
        _moment("at"),
    )
    op.create_index("ix_customer_view_customer_id_id", "customer_view", ["customer_id", "id"])


def _consent() -> None:
    op.create_table(
        LEDGER,
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("customer_id", sa.Integer(), sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("channel", _words("channel", *CHANNELS), nullable=False),
        sa.Column("action", _words("channelaction", "grant", "withdraw"), nullable=False),
        sa.Column("source", _words("channelsource", "account", "staff", "till", "import", "merge"), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("at"),
    )
    op.create_index("ix_channel_consent_customer_id_id", LEDGER, ["customer_id", "id"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    same = "IS" if sqlite else "IS NOT DISTINCT FROM"
    emptied = " AND ".join(
        [
            "NEW.words = ''",
            f"(NEW.who = '' OR NEW.who {same} OLD.who)",
            *(f"NEW.{column} {same} OLD.{column}" for column in KEPT_CONSENT),
        ]
    )
    if sqlite:
        refusal = f"BEGIN SELECT RAISE(ABORT, '{LEDGER} is append-only'); END"
        op.execute(f"CREATE TRIGGER {LEDGER}_no_update BEFORE UPDATE ON {LEDGER} WHEN NOT ({emptied}) {refusal}")
        op.execute(f"CREATE TRIGGER {LEDGER}_no_delete BEFORE DELETE ON {LEDGER} {refusal}")
        return
    call = "EXECUTE FUNCTION refuse_change()"  # made by 0002
    unless = f"FOR EACH ROW WHEN (NOT ({emptied}))"
    op.execute(f"CREATE TRIGGER {LEDGER}_no_update BEFORE UPDATE ON {LEDGER} {unless} {call}")
    op.execute(f"CREATE TRIGGER {LEDGER}_no_delete BEFORE DELETE ON {LEDGER} FOR EACH ROW {call}")
    op.execute(f"CREATE TRIGGER {LEDGER}_no_truncate BEFORE TRUNCATE ON {LEDGER} FOR EACH STATEMENT {call}")


def _drop_guards() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for act in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER {LEDGER}_no_{act}" + ("" if sqlite else f" ON {LEDGER}"))


def _whose(*, unique: bool = False) -> sa.Column[object]:
    key = sa.ForeignKey("customer.id", ondelete="CASCADE")
    return sa.Column("customer_id", sa.Integer(), key, nullable=False, unique=unique)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=32, create_constraint=True)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
