"""Permissions in words: a line for each feature with what may be done there, and the tree that roles are edited as."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from portal.foundation.text import lazy
from portal.staff.rules import Permission

AREAS = {"backoffice": lazy("Back office")}
MODULES = {
    "store_control": lazy("Store control"),
    "newsletter": lazy("Newsletters"),
    "system": lazy("Running the shop"),
    "security": lazy("Security"),
}
FEATURES = {
    "customer": lazy("Customers"),
    "store": lazy("Stores"),
    "group": lazy("Groups"),
    "custom_field": lazy("Fields"),
    "audience": lazy("Audiences"),
    "campaign": lazy("Campaigns"),
    "suppression": lazy("Addresses not written to"),
    "bounce": lazy("Bounces"),
    "outbox": lazy("Outbox"),
    "audit": lazy("Audit log"),
    "member": lazy("Members of staff"),
    "role": lazy("Roles"),
}
OPERATIONS = {
    "view": lazy("look"),
    "add": lazy("add"),
    "modify": lazy("change"),
    "edit": lazy("write"),
    "send": lazy("send"),
    "approve": lazy("decide applications"),
    "verify_identity": lazy("verify who is calling"),
    "erase": lazy("erase"),
    "merge": lazy("merge"),
    "reveal_statutory": lazy("show masked numbers"),
    "set_credit": lazy("allow selling on credit"),
    "export": lazy("export"),
    "import": lazy("import"),
    "resend": lazy("send again"),
    "settle": lazy("settle"),
}


def in_words(permissions: Iterable[str]) -> list[dict[str, str]]:
    """Rows for a page, in the order of the registry: the feature, and what somebody with these permissions may do."""
    held, rows = set(permissions), dict[str, list[str]]()
    for permission in Permission:
        if permission in held:
            _area, _module, feature, operation = permission.split(".")
            rows.setdefault(str(FEATURES[feature]), []).append(str(OPERATIONS[operation]))
    return [{"label": feature, "value": ", ".join(operations).capitalize()} for feature, operations in rows.items()]


@dataclass(frozen=True)
class Box:
    """One operation of a feature: a tick for whoever may give and take it, else only told."""

    permission: str
    words: str
    ticked: bool
    offered: bool


@dataclass
class Feature:
    """One row of the tree."""

    words: str
    boxes: list[Box] = field(default_factory=list)


@dataclass
class Module:
    """The features of one module, by name."""

    words: str
    features: dict[str, Feature] = field(default_factory=dict)


@dataclass
class Area:
    """The modules of one area, by name."""

    words: str
    modules: dict[str, Module] = field(default_factory=dict)


def tree(ticked: Collection[str], offered: Collection[str]) -> list[Area]:
    """Every right there is as area, module, feature and operation, in the order of the registry."""
    areas: dict[str, Area] = {}
    for permission in Permission:
        names = permission.split(".")
        area = areas.setdefault(names[0], Area(str(AREAS[names[0]])))
        module = area.modules.setdefault(names[1], Module(str(MODULES[names[1]])))
        feature = module.features.setdefault(names[2], Feature(str(FEATURES[names[2]])))
        words = str(OPERATIONS[names[3]]).capitalize()
        feature.boxes.append(Box(permission, words, permission in ticked, permission in offered))
    return list(areas.values())


def one_in_words(permission: str) -> str:
    """One right as the audit log names it."""
    _area, _module, feature, operation = permission.split(".")
    return f"{FEATURES[feature]}: {OPERATIONS[operation]}"
