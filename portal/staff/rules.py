"""Permission names, the roles that every shop starts with, and what roles together let somebody do where."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """Every right there is: `area.module.feature.operation`, the tree that the roles page draws."""

    CUSTOMER_VIEW = "backoffice.store_control.customer.view"
    CUSTOMER_ADD = "backoffice.store_control.customer.add"
    CUSTOMER_MODIFY = "backoffice.store_control.customer.modify"
    CUSTOMER_APPROVE = "backoffice.store_control.customer.approve"
    CUSTOMER_VERIFY = "backoffice.store_control.customer.verify_identity"
    CUSTOMER_REVEAL = "backoffice.store_control.customer.reveal_statutory"
    CUSTOMER_CREDIT = "backoffice.store_control.customer.set_credit"
    STORE_VIEW = "backoffice.store_control.store.view"
    STORE_MODIFY = "backoffice.store_control.store.modify"
    CUSTOMER_ERASE = "backoffice.store_control.customer.erase"
    CUSTOMER_MERGE = "backoffice.store_control.customer.merge"
    CUSTOMER_EXPORT = "backoffice.store_control.customer.export"
    CUSTOMER_IMPORT = "backoffice.store_control.customer.import"
    GROUP_VIEW = "backoffice.store_control.group.view"
    GROUP_ADD = "backoffice.store_control.group.add"
    GROUP_MODIFY = "backoffice.store_control.group.modify"
    FIELD_VIEW = "backoffice.store_control.custom_field.view"
    FIELD_MODIFY = "backoffice.store_control.custom_field.modify"
    AUDIENCE_VIEW = "backoffice.newsletter.audience.view"
    AUDIENCE_MODIFY = "backoffice.newsletter.audience.modify"
    AUDIENCE_EXPORT = "backoffice.newsletter.audience.export"
    AUDIENCE_IMPORT = "backoffice.newsletter.audience.import"
    SUPPRESSION_VIEW = "backoffice.newsletter.suppression.view"
    SUPPRESSION_MODIFY = "backoffice.newsletter.suppression.modify"
    CAMPAIGN_VIEW = "backoffice.newsletter.campaign.view"
    CAMPAIGN_EDIT = "backoffice.newsletter.campaign.edit"
    CAMPAIGN_SEND = "backoffice.newsletter.campaign.send"
    BOUNCE_VIEW = "backoffice.newsletter.bounce.view"
    BOUNCE_SETTLE = "backoffice.newsletter.bounce.settle"
    OUTBOX_VIEW = "backoffice.system.outbox.view"
    OUTBOX_RESEND = "backoffice.system.outbox.resend"
    AUDIT_VIEW = "backoffice.system.audit.view"
    MEMBER_VIEW = "backoffice.security.member.view"
    MEMBER_MODIFY = "backoffice.security.member.modify"
    ROLE_VIEW = "backoffice.security.role.view"
    ROLE_MODIFY = "backoffice.security.role.modify"


OWNER = frozenset(Permission)
CLERK = frozenset(
    {
        Permission.CUSTOMER_VIEW,
        Permission.CUSTOMER_ADD,
        Permission.CUSTOMER_MODIFY,
        Permission.CUSTOMER_APPROVE,
        Permission.CUSTOMER_VERIFY,
        Permission.CUSTOMER_REVEAL,
        Permission.GROUP_VIEW,
        Permission.FIELD_VIEW,
        Permission.OUTBOX_VIEW,
        Permission.OUTBOX_RESEND,
    }
)
MARKETING = frozenset(
    {
        Permission.AUDIENCE_VIEW,
        Permission.AUDIENCE_MODIFY,
        Permission.AUDIENCE_EXPORT,
        Permission.AUDIENCE_IMPORT,
        Permission.SUPPRESSION_VIEW,
        Permission.SUPPRESSION_MODIFY,
        Permission.CAMPAIGN_VIEW,
        Permission.CAMPAIGN_EDIT,
        Permission.CAMPAIGN_SEND,
        Permission.BOUNCE_VIEW,
        Permission.BOUNCE_SETTLE,
    }
)

OWNER_ROLE = "owner"  # has every right there is, whatever its rows say, and is given in all stores only
# What a new shop starts with; it changes all but the owner as it likes.
ROLES: dict[str, frozenset[Permission]] = {OWNER_ROLE: OWNER, "clerk": CLERK, "marketing": MARKETING}

# Rights that hold in one store alone, too: what is done to one customer at a time, and looking at what is no secret of
# any store. Every other right is about the whole shop, so a role that is given for one store does not bring it.
_TO_A_CUSTOMER = {"view", "add", "modify", "approve", "verify_identity", "reveal_statutory", "set_credit"}
OF_A_STORE = frozenset(
    right
    for right in Permission
    if (right.startswith("backoffice.store_control.customer.") and right.rpartition(".")[2] in _TO_A_CUSTOMER)
    or (right.startswith("backoffice.store_control.") and right.endswith(".view"))
)


def completed(grants: Iterable[str]) -> frozenset[str]:
    """Rights with the looks that they need: whoever may act on something may look at it.

    Deciding applications needs none, since it has pages of its own.
    """
    known = OWNER.intersection(grants)
    looks = {f"{right.rpartition('.')[0]}.view" for right in known if right != Permission.CUSTOMER_APPROVE}
    return known | OWNER.intersection(looks)


Reach = frozenset[int] | None  # the stores in which a right holds; None: in all


@dataclass(frozen=True)
class Given:
    """A role as it was given: what it grants, in which store; None for all."""

    grants: Collection[str]
    store_id: int | None = None


class Rights:
    """What somebody may do, and where: the union over their roles."""

    def __init__(self, given: Iterable[Given]) -> None:
        self._everywhere: set[str] = set()
        self._somewhere: dict[str, set[int]] = {}
        for role in given:
            if role.store_id is None:
                self._everywhere.update(role.grants)
            else:
                for permission in OF_A_STORE.intersection(role.grants):
                    self._somewhere.setdefault(permission, set()).add(role.store_id)

    @property
    def held(self) -> frozenset[str]:
        """Every right that holds somewhere."""
        return frozenset(self._everywhere | self._somewhere.keys())

    @property
    def everywhere(self) -> frozenset[str]:
        """Every right that holds in all stores."""
        return frozenset(self._everywhere)

    def reach(self, permission: str) -> Reach:
        """The stores in which a right holds: None for all, none of them for a right that is not held."""
        if permission in self._everywhere:
            return None
        return frozenset(self._somewhere.get(permission, ()))

    def covers(self, other: Given) -> bool:
        """Whether all that a role would bring is held where it would be given: nobody gives what they lack."""
        if other.store_id is None:
            return self._everywhere.issuperset(other.grants)
        return all(
            permission in self._everywhere or other.store_id in self._somewhere.get(permission, ())
            for permission in other.grants
        )


def initials(name: str) -> str:
    """Two letters for a round picture."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()
