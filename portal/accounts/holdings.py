"""What accounts hold about a person (see `foundation.holdings`)."""

import sqlalchemy as sa

from portal.accounts.models import Account, AccountStatus
from portal.foundation.database import table_of
from portal.foundation.holdings import Holding, blank, declare
from portal.foundation.text import lazy

OF_ACCOUNT = {"account_id": "accounts"}

# The row stays, so that its number never comes to mean somebody else; nothing in it says whose it was.
_account = table_of(Account)
EMPTY_ACCOUNT = {
    **blank(_account, ("id", "realm", "status", "epoch", "created_at", "password_changed_at")),
    "email": "erased",
    "email_key": sa.literal("erased ") + sa.cast(_account.c.id, sa.String),
    "password_hash": "",
    "status": AccountStatus.DISABLED,
    "epoch": _account.c.epoch + 1,
}

declare(
    Holding(
        table="account",
        by={"id": "accounts"},
        title=lazy("Account"),
        hidden=frozenset({"epoch", "realm"}),
        emptied=EMPTY_ACCOUNT,
    ),
    Holding(
        table="registration",
        by={"email_key": "emails"},
        title=lazy("Registrations"),
        hidden=frozenset({"browser_digest", "group_id"}),
    ),
    Holding(
        table="sign_in_session",
        by=OF_ACCOUNT,
        title=lazy("Sign-ins"),
        hidden=frozenset({"epoch", "idle_seconds", "device_id"}),
    ),
    Holding(table="device", by=OF_ACCOUNT, title=lazy("Devices")),
    Holding(
        table="email_change",
        by={**OF_ACCOUNT, "new_key": "emails"},
        title=lazy("Changes of email"),
        hidden=frozenset({"new_key", "asked_by", "approved_by"}),
    ),
    Holding(table="cooling_off", by=OF_ACCOUNT, title=lazy("Recoveries without the answer")),
    Holding(
        table="passkey",
        by=OF_ACCOUNT,
        title=lazy("Passkeys"),
        hidden=frozenset({"credential", "public_key", "sign_count", "transports"}),
    ),
    Holding(
        table="authenticator",
        by=OF_ACCOUNT,
        title=lazy("Authenticator app"),
        hidden=frozenset({"secret", "last_step"}),
    ),
    Holding(table="security_answer", by=OF_ACCOUNT, title=lazy("Security question")),
    Holding(table="identity_case", by=OF_ACCOUNT, title=lazy("Calls in which staff verified you")),
    Holding(table="action_token", by={"bound_to": "emails"}),
    Holding(table="recovery_code", by=OF_ACCOUNT),
    Holding(table="support_pin", by=OF_ACCOUNT),
    Holding(table="ceremony", by=OF_ACCOUNT),
)
