"""Permissions in words: one line for each feature, with what may be done there."""

from collections.abc import Iterable

from portal.foundation.text import lazy
from portal.staff.rules import Permission

FEATURES = {
    "customer": lazy("Customers"),
    "group": lazy("Groups"),
    "custom_field": lazy("Fields"),
    "audience": lazy("Audiences"),
    "outbox": lazy("Outbox"),
    "audit": lazy("Audit log"),
}
OPERATIONS = {
    "view": lazy("look"),
    "add": lazy("add"),
    "modify": lazy("change"),
    "approve": lazy("decide applications"),
    "verify_identity": lazy("verify who is calling"),
    "export": lazy("export"),
    "resend": lazy("send again"),
}


def in_words(permissions: Iterable[str]) -> list[dict[str, str]]:
    """Rows for a page, in the order of the registry: the feature, and what somebody with these permissions may do."""
    held, rows = set(permissions), dict[str, list[str]]()
    for permission in Permission:
        if permission in held:
            _area, _module, feature, operation = permission.split(".")
            rows.setdefault(str(FEATURES[feature]), []).append(str(OPERATIONS[operation]))
    return [{"label": feature, "value": ", ".join(operations).capitalize()} for feature, operations in rows.items()]
