"""devices, second factors, changes of address, recoveries that wait, cases of the help desk, the audit chain"""

import sqlalchemy as sa
from alembic import op

revision = "0004_trusted_accounts"
down_revision = "0003_indexes"
branch_labels = None
depends_on = None

VERIFY = "backoffice.store_control.customer.verify_identity"
OLD_KINDS = ("customer", "applicant", "staff", "flow", "reset")
MADE = (
    "audit_anchor", "audit_head", "audit_link", "support_pin", "identity_case", "cooling_off", "email_change",
    "recovery_code", "ceremony", "passkey", "authenticator", "sign_in_tries",
)  # fmt: skip


def upgrade() -> None:
    _devices()
    _second_factors()
    _changes_of_address()
    _help_desk()
    _audit_chain()


def downgrade() -> None:
    for table in MADE:
        op.drop_table(table)
    op.execute(f"DELETE FROM role_grant WHERE permission = '{VERIFY}'")
    op.execute("DELETE FROM sign_in_session WHERE kind = 'second-step'")
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.drop_constraint("fk_sign_in_session_device_id", type_="foreignkey")
        batch_op.drop_column("device_id")
        batch_op.drop_column("methods")
        batch_op.alter_column("kind", existing_type=_kinds("second-step"), type_=_kinds(), existing_nullable=False)
    op.drop_table("device")


def _devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(index=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("browser", sa.String(120), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        _moment("revoked_at", nullable=True),
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("window_ends_at"),
        sa.Column("in_window", sa.Integer(), nullable=False),
        _moment("blocked_until", nullable=True),
        _moment("expires_at", index=True),
    )
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.add_column(sa.Column("methods", sa.String(64), nullable=False, server_default="password"))
        batch_op.add_column(sa.Column("device_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            "fk_sign_in_session_device_id", "device", ["device_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.alter_column("kind", existing_type=_kinds(), type_=_kinds("second-step"), existing_nullable=False)
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.alter_column("methods", server_default=None)


def _second_factors() -> None:
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(unique=True),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(index=True),
        sa.Column("credential", sa.String(1400), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.String(120), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
    )
    op.create_table(
        "ceremony",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("browser_digest", sa.String(64), nullable=False),
        _account(nullable=True),
        _moment("expires_at", index=True),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(),
        sa.Column("digest", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
        sa.UniqueConstraint("account_id", "digest"),
    )


def _changes_of_address() -> None:
    states = ("asked", "applied", "cancelled", "undone")
    op.create_table(
        "email_change",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(),
        sa.Column("old_email", sa.String(320), nullable=False),
        sa.Column("new_email", sa.String(320), nullable=False),
        sa.Column("new_key", sa.String(320), nullable=False),
        sa.Column("state", _choice("changestate", states), nullable=False),
        _moment("asked_at"),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        _moment("approved_at", nullable=True),
        _moment("due_at"),
        _moment("proven_at", nullable=True),
        _moment("settled_at", nullable=True),
    )
    op.create_index("ix_email_change_account_id_state", "email_change", ["account_id", "state"])
    op.create_table(
        "cooling_off",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(index=True),
        _moment("asked_at"),
        _moment("due_at", index=True),
        _moment("reminded_at", nullable=True),
        _moment("stopped_at", nullable=True),
        _moment("opened_at", nullable=True),
        _moment("used_at", nullable=True),
    )


def _help_desk() -> None:
    op.create_table(
        "identity_case",
        sa.Column("id", sa.Integer(), primary_key=True),
        _account(index=True),
        sa.Column("staff_member_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _moment("opened_at"),
        _moment("revealed_at", nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("proven_at", nullable=True),
        sa.Column("proven_by", _choice("provenby", ("answer", "pin")), nullable=True),
        _moment("closed_at", nullable=True),
    )
    op.create_table(
        "support_pin",
        _account(primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        _moment("made_at"),
        _moment("expires_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("used_at", nullable=True),
    )
    # A shop that has its roles already: its owners and clerks may verify people from now on.
    op.execute(
        f"INSERT INTO role_grant (role_id, permission) SELECT id, '{VERIFY}' FROM role WHERE name IN ('owner', 'clerk')"
    )


def _audit_chain() -> None:
    op.create_table(
        "audit_link",
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.Integer(), sa.ForeignKey("audit_entry.id"), nullable=False, unique=True),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    op.execute("INSERT INTO audit_head (id, position, code) VALUES (1, 0, '')")
    op.create_table(
        "audit_anchor",
        sa.Column("id", sa.Integer(), primary_key=True),
        _moment("at"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )

    _append_only("audit_link", "audit_anchor")


def _append_only(*tables: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in tables:
        for act in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
            each = "" if sqlite else "FOR EACH STATEMENT" if act == "truncate" else "FOR EACH ROW"
            refusal = (
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                if sqlite
                else "EXECUTE FUNCTION refuse_change()"
            )
            op.execute(f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} {each} {refusal}")


def _account(*, nullable: bool = False, **kwargs: bool) -> sa.Column:
    return sa.Column(
        "account_id", sa.Integer(), sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=nullable, **kwargs
    )


def _moment(name: str, *, nullable: bool = False, index: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, index=index)


def _kinds(*more: str) -> sa.Enum:
    return _choice("sessionkind", (*OLD_KINDS, *more))


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
