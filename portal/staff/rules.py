"""Permission names, and the roles that every shop starts with."""

from enum import StrEnum


class Permission(StrEnum):
    """Every right there is: `area.module.feature.operation`, the tree that the roles page draws."""

    CUSTOMER_VIEW = "backoffice.store_control.customer.view"
    CUSTOMER_ADD = "backoffice.store_control.customer.add"
    CUSTOMER_MODIFY = "backoffice.store_control.customer.modify"
    CUSTOMER_APPROVE = "backoffice.store_control.customer.approve"
    CUSTOMER_VERIFY = "backoffice.store_control.customer.verify_identity"
    GROUP_VIEW = "backoffice.store_control.group.view"
    GROUP_ADD = "backoffice.store_control.group.add"
    GROUP_MODIFY = "backoffice.store_control.group.modify"
    FIELD_VIEW = "backoffice.store_control.custom_field.view"
    FIELD_MODIFY = "backoffice.store_control.custom_field.modify"
    AUDIENCE_VIEW = "backoffice.newsletter.audience.view"
    AUDIENCE_EXPORT = "backoffice.newsletter.audience.export"
    OUTBOX_VIEW = "backoffice.system.outbox.view"
    OUTBOX_RESEND = "backoffice.system.outbox.resend"
    AUDIT_VIEW = "backoffice.system.audit.view"


OWNER = frozenset(Permission)
CLERK = frozenset(
    {
        Permission.CUSTOMER_VIEW,
        Permission.CUSTOMER_ADD,
        Permission.CUSTOMER_MODIFY,
        Permission.CUSTOMER_APPROVE,
        Permission.CUSTOMER_VERIFY,
        Permission.GROUP_VIEW,
        Permission.FIELD_VIEW,
        Permission.OUTBOX_VIEW,
        Permission.OUTBOX_RESEND,
    }
)
MARKETING = frozenset({Permission.AUDIENCE_VIEW, Permission.AUDIENCE_EXPORT})

OWNER_ROLE = "owner"
ROLES: dict[str, frozenset[Permission]] = {OWNER_ROLE: OWNER, "clerk": CLERK, "marketing": MARKETING}


def initials(name: str) -> str:
    """Two letters for a round picture."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()
