"""ledgers sealed line by line, words that stood beside ticks, imports, suppressions that survive an erasure"""

import sqlalchemy as sa
from alembic import op

revision = "0024_ledger"
down_revision = "0023_segments"
branch_labels = None
depends_on = None

ACTIONS = ("request", "confirm", "withdraw", "import", "admin")
SOURCES = ("registration", "account", "public-form", "mailed-link", "one-click", "staff")
CHANNEL_SOURCES = ("account", "staff", "till", "import", "merge")
# Of each ledger: what never changes, what may only be emptied, and what may also be shortened, once.
KEPT = {
    "consent_event": (
        *("id", "subject_hmac", "audience_id", "action", "source", "at", "form_version_id", "import_id"),
        *("page", "message_id", "reply"),
    ),
    "channel_consent": ("id", "customer_id", "channel", "action", "source", "at"),
    "form_version": ("id", "digest", "text", "locale", "is_ticked", "privacy_version", "created_at"),
    "consent_import": ("id", "file_name", "basis", "given_on", "at"),
}
EMPTIED = {
    "consent_event": ("email", "browser", "actor"),
    "channel_consent": ("who", "words"),
    "form_version": (),
    "consent_import": ("who",),
}
SHORTENED = {"consent_event": ("address",)}
# As they were before: the whole of what the trigger lets through.
BEFORE = {
    "consent_event": (
        "NEW.email IS NULL",
        *("id", "subject_hmac", "audience_id", "action", "source", "at", "form_version_id"),
        *("address", "browser", "actor"),
    ),
    "channel_consent": ("NEW.words = '' AND NEW.who = ''", *KEPT["channel_consent"]),
}
ONLY_GROW = ("ledger_link", "ledger_anchor")
VIEW, LIFT = (f"backoffice.newsletter.suppression.{act}" for act in ("view", "modify"))


def upgrade() -> None:
    _imports()
    for table in ("consent_event", "channel_consent"):
        _unguard(table)
    _events(more=True)
    op.add_column("form_version", sa.Column("is_ticked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("form_version", sa.Column("privacy_version", sa.String(32), nullable=False, server_default=""))
    for table in KEPT:
        _guard(table, _only_less)
    _chain()
    _suppressions()
    _texts()
    for right, roles in ((VIEW, "'owner', 'marketing'"), (LIFT, "'owner', 'marketing'")):
        op.execute(
            f"INSERT INTO role_grant (role_id, permission) SELECT id, '{right}' FROM role WHERE name IN ({roles})"
        )


def downgrade() -> None:
    op.execute(f"DELETE FROM role_grant WHERE permission IN ('{VIEW}', '{LIFT}')")
    op.drop_table("inbound_text")
    _suppressions_of_before()
    for table in ("ledger_anchor", "ledger_backlog", "ledger_head", "ledger_link"):
        op.drop_table(table)
    for table in KEPT:
        _unguard(table)
    op.drop_column("form_version", "privacy_version")
    op.drop_column("form_version", "is_ticked")
    op.execute("DELETE FROM consent_event WHERE action = 'mail-sent'")
    op.execute("UPDATE consent_event SET source = 'staff' WHERE source IN ('import', 'complaint')")
    op.execute("UPDATE channel_consent SET source = 'staff' WHERE source = 'text-message'")
    _events(more=False)
    op.drop_table("consent_import")
    for table in BEFORE:
        _guard(table, _as_before)


def _imports() -> None:
    op.create_table(
        "consent_import",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        _moment("at"),
    )


def _events(*, more: bool) -> None:
    """New steps and sources, and what a line knows besides; or back again."""
    actions, sources = (
        _choice("consentaction", ACTIONS, "mail-sent"),
        _choice("consentsource", SOURCES, "import", "complaint"),
    )
    channels = _choice("channelsource", CHANNEL_SOURCES, "text-message")
    old_actions, old_sources = _choice("consentaction", ACTIONS), _choice("consentsource", SOURCES)
    old_channels = _choice("channelsource", CHANNEL_SOURCES)
    if not more:
        actions, sources, channels, old_actions, old_sources, old_channels = (
            *(old_actions, old_sources, old_channels),
            *(actions, sources, channels),
        )
    with op.batch_alter_table("consent_event") as batch:
        batch.alter_column("action", existing_type=old_actions, type_=actions, existing_nullable=False)
        batch.alter_column("source", existing_type=old_sources, type_=sources, existing_nullable=False)
        if more:
            for name in ("page", "message_id", "reply"):
                batch.add_column(sa.Column(name, sa.String(255), nullable=False, server_default=""))
            batch.add_column(sa.Column("import_id", sa.Integer()))
            batch.create_foreign_key(op.f("fk_consent_event_import_id"), "consent_import", ["import_id"], ["id"])
        else:
            batch.drop_constraint(op.f("fk_consent_event_import_id"), type_="foreignkey")
            for name in ("import_id", "reply", "message_id", "page"):
                batch.drop_column(name)
    with op.batch_alter_table("channel_consent") as batch:
        batch.alter_column("source", existing_type=old_channels, type_=channels, existing_nullable=False)


def _chain() -> None:
    op.create_table(
        "ledger_link",
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("ledger", sa.String(16), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("marks", sa.String(255), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.UniqueConstraint("ledger", "line_id", name=op.f("uq_ledger_link_ledger_line_id")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    op.execute("INSERT INTO ledger_head (id, position, code) VALUES (1, 0, '')")
    op.create_table(
        "ledger_backlog",
        sa.Column("ledger", sa.String(16), primary_key=True),
        sa.Column("next_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
    )
    for ledger, table in (("words", "form_version"), ("newsletter", "consent_event"), ("channels", "channel_consent")):
        op.execute(
            "INSERT INTO ledger_backlog (ledger, next_id, last_id) "
            f"SELECT '{ledger}', MIN(id), MAX(id) FROM {table} HAVING MAX(id) IS NOT NULL"
        )
    op.create_table(
        "ledger_anchor",
        sa.Column("id", sa.Integer(), primary_key=True),
        _moment("at"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    for table in ONLY_GROW:
        _guard(table, lambda _table, _same: "")


def _suppressions() -> None:
    op.execute("CREATE TABLE suppression_before AS SELECT email_key, reason, at FROM suppression")
    op.drop_table("suppression")
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email_key", sa.String(320)),
        sa.Column("subject_hmac", sa.String(64)),
        sa.Column("scope", _choice("suppressionscope", ("all", "marketing")), nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("who", sa.String(120), nullable=False),
        _moment("at"),
        sa.UniqueConstraint("email_key", name=op.f("uq_suppression_email_key")),
        sa.UniqueConstraint("subject_hmac", name=op.f("uq_suppression_subject_hmac")),
        sa.CheckConstraint("(email_key IS NULL) <> (subject_hmac IS NULL)", name=op.f("ck_suppression_known_by_one")),
    )
    is_key = "email_key LIKE '%@%'"
    op.execute(
        "INSERT INTO suppression (email_key, subject_hmac, scope, reason, who, at) SELECT "
        f"CASE WHEN {is_key} THEN email_key END, CASE WHEN {is_key} THEN NULL ELSE email_key END, 'all', reason, '', "
        "at FROM suppression_before"
    )
    op.drop_table("suppression_before")


def _suppressions_of_before() -> None:
    op.execute(
        "CREATE TABLE suppression_before AS SELECT COALESCE(email_key, subject_hmac) AS email_key, reason, at "
        "FROM suppression WHERE scope = 'all'"
    )
    op.drop_table("suppression")
    op.create_table(
        "suppression",
        sa.Column("email_key", sa.String(320), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_suppression")),
    )
    op.execute(
        "INSERT INTO suppression (email_key, reason, at) SELECT email_key, SUBSTR(reason, 1, 64), at "
        "FROM suppression_before"
    )
    op.drop_table("suppression_before")


def _texts() -> None:
    op.create_table(
        "inbound_text",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("meaning", sa.String(16), nullable=False),
        _moment("at"),
        sa.UniqueConstraint("digest", name=op.f("uq_inbound_text_digest")),
    )
    op.create_index(op.f("ix_inbound_text_at"), "inbound_text", ["at"])


def _guard(table: str, unless: object) -> None:
    """Have a table only grow, but for what `unless` says may become less."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    spared = unless(table, "IS" if sqlite else "IS NOT DISTINCT FROM")  # type: ignore[operator]
    for act in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
        when = f"WHEN (NOT ({spared}))" if spared and act == "update" else ""
        each = "" if sqlite else "FOR EACH STATEMENT" if act == "truncate" else "FOR EACH ROW"
        refusal = (
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            if sqlite
            else "EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} {each} {when} {refusal}")


def _unguard(table: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for act in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER {table}_no_{act}" + ("" if sqlite else f" ON {table}"))


def _only_less(table: str, same: str) -> str:
    parts = [f"NEW.{column} {same} OLD.{column}" for column in KEPT[table]]
    parts += [f"(NEW.{column} {same} OLD.{column} OR COALESCE(NEW.{column}, '') = '')" for column in EMPTIED[table]]
    for column in SHORTENED.get(table, ()):
        shorter = f"(OLD.{column} NOT LIKE '%/%' AND NEW.{column} LIKE '%/%')"
        parts.append(f"(NEW.{column} {same} OLD.{column} OR NEW.{column} = '' OR {shorter})")
    return " AND ".join(parts)


def _as_before(table: str, same: str) -> str:
    first, *columns = BEFORE[table]
    return " AND ".join([first, *(f"NEW.{column} {same} OLD.{column}" for column in columns)])


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _choice(name: str, values: tuple[str, ...], *more: str) -> sa.Enum:
    return sa.Enum(*values, *more, name=name, native_enum=False, create_constraint=True, length=32)
