"""Rows of an import in words: who it is, what changes, and what else comes along."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.backoffice import acts
from portal.config import settings
from portal.customers import custom_queries
from portal.customers.models import CustomField
from portal.customers.models.customer import whole_name
from portal.customers.rules import custom_fields, telephones
from portal.customers.service.sealing import mask
from portal.foundation.pages import day
from portal.foundation.text import _
from portal.groups import queries as groups
from portal.stores import queries as stores
from portal.transfers.models import ImportRow, Outcome
from portal.transfers.rules.columns import LABELS
from portal.transfers.service.standing import SEALED

NAMES = {"number": "customer_number", "born_on": "date_of_birth", "anniversary_on": "anniversary"}
OF_NEW = ("external_id", "born_on", "anniversary_on", "gender", "nationality", "preferred_channel", "remarks")
PLACE = ("recipient", "company", "address_1", "address_2", "city", "state", "postcode", "country")

Change = tuple[str, Any, Any]  # what, before, after


def told(rows: Sequence[ImportRow]) -> list[dict[str, Any]]:
    """Each row with its name, what changes, and what a new customer brings along."""
    words = _Words()
    return [_told(row, words) for row in rows]


def _told(row: ImportRow, words: "_Words") -> dict[str, Any]:
    before = json.loads(row.before) if row.before else {}
    was = before.pop("more", {})
    more = json.loads(row.more) if row.more else {}
    plain = [name for name in before if name not in ("e164", "email_key", "version")]
    diff = [(acts.field(NAMES.get(name, name)), before[name], _after(row, name)) for name in plain]
    if row.outcome == Outcome.NEW:
        diff += [(acts.field(NAMES.get(name, name)), "", getattr(row, name)) for name in OF_NEW if getattr(row, name)]
        more = _of_new(row) | more
    diff += [change for name in more for change in words.of(name, was.get(name), more[name])]
    if "consent" in more and row.consent_at is not None:
        diff.append(
            (_("Newsletter"), "", _("since %(day)s: %(source)s", day=day(row.consent_at), source=row.consent_source))
        )
    if row.outcome == Outcome.NEW and row.reason:
        diff.append((_("Password"), "", row.reason))
    name, telephone = whole_name(row.first_name, row.last_name), _after(row, "telephone")
    return {"row": row, "name": name, "telephone": telephone, "diff": diff}


def _after(row: ImportRow, name: str) -> Any:
    """What will stand there; a telephone as it was read, with its country's code where it is one of abroad."""
    if name == "telephone":
        return telephones.written(row.telephone, row.e164, settings().shop_country)
    return getattr(row, name)


def _of_new(row: ImportRow) -> dict[str, Any]:
    found: dict[str, Any] = {"group_id": row.group_id} if row.group_id else {}
    if row.stores:
        found["stores"] = row.stores
    if row.is_disabled:
        found["is_disabled"] = True
    if row.address:
        found["address"] = json.loads(row.address)
    if row.consent_at is not None:
        found["consent"] = True
    return found


class _Words:
    """Names of groups, stores and fields, asked for once a page."""

    def __init__(self) -> None:
        every = groups.all_groups()
        self.groups = {group.id: group.name for group in every}
        self.gated = {group.id for group in every if group.asks_approval}
        self.stores = {str(store.id): store.name for store in stores.every()}
        self.fields: dict[str, CustomField] = {field.key: field for field in custom_queries.all_fields()}

    def of(self, name: str, before: Any, after: Any) -> Iterator[Change]:
        """What changes in one part."""
        if name in ("statutory", "till", "fields", "channels"):
            for key, value in after.items():
                was = self._text(name, key, (before or {}).get(key))
                yield self._label(name, key), was, self._text(name, key, value)
        elif name != "consent":
            yield HEADS[name](), self._part(name, before), self._part(name, after)

    def _label(self, name: str, key: str) -> str:
        return self.fields[key].name if name == "fields" and key in self.fields else str(LABELS.get(key, key))

    def _text(self, name: str, key: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if name == "statutory" and key in SEALED:
            return mask(value)
        if name == "fields" and key in self.fields:
            return custom_fields.shown(self.fields[key], value)
        return (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)

    def _part(self, name: str, value: Any) -> str:
        if value in (None, {}, []):
            return ""
        if name in ("group_id", "applies_for"):
            return self._group(name, value)
        if name == "is_disabled":
            return _("Disabled") if value else _("Enabled")
        if name == "stores":
            return ", ".join(self.stores.get(one, one) for one in value.strip(",").split(","))
        if name == "telephones":
            return ", ".join(typed for _kind, typed, _e164 in value)
        return ", ".join(value) if name == "tags" else _place(value)

    def _group(self, name: str, group_id: int) -> str:
        group = self.groups.get(group_id, "–")
        if name == "applies_for":
            return _("%(group)s, waits for approval", group=group)
        return _("%(group)s, approved by this import", group=group) if group_id in self.gated else group


def _place(parts: Mapping[str, Any]) -> str:
    shown = [str(parts[name]) for name in PLACE if parts.get(name)]
    return ", ".join(shown + ([_("gate code")] if parts.get("gate_code") else []))


HEADS = {
    "group_id": lambda: _("Customer group"),
    "applies_for": lambda: _("Customer group"),
    "is_disabled": lambda: _("Status"),
    "stores": lambda: _("Stores"),
    "tags": lambda: _("Tags"),
    "telephones": lambda: _("Further telephones"),
    "address": lambda: _("Address"),
    "billing": lambda: _("Billing address"),
}
