"""What a row that was read comes to: whom it is about, what is new of it, what changes, and why it cannot be."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.customers.rules.tax_ids import masked
from portal.customers.service.sealing import seal
from portal.foundation.text import _
from portal.transfers.models import Import, Outcome
from portal.transfers.rules import differences
from portal.transfers.rules.columns import MASKED
from portal.transfers.rules.reading import Read, Refused
from portal.transfers.service import staging
from portal.transfers.service.known import KEPT, Known
from portal.transfers.service.standing import SEALED

COMPARED = (*(name for name in KEPT if name != "email_key"), "telephone")
IN_COLUMNS = ("is_disabled", "group_id", "stores", "password_hash", "consent_at", "consent_source")
NOT_BESIDE = (*IN_COLUMNS, "address", "full_name")
NOTHING: dict[str, Any] = {}
_json = json.JSONEncoder(ensure_ascii=False, default=str).encode  # kept: json.dumps makes one for each row
WAYS = (  # in which customers are found: our field, what of `Known` finds them, and by which value
    ("customer_number", "numbers", "number"),
    ("external_id", "externals", "external_id"),
    ("email", "emails", "email_key"),
)


@dataclass
class Line:
    """One row on its way through the check."""

    line: int
    raw: list[str]
    read: Read = field(default_factory=Read)
    refusal: tuple[str, str] | None = None  # our field, and why


@dataclass(frozen=True)
class Terms:
    """What the shop and whoever imports may decide: groups that ask for approval, and whether they may give it."""

    gated: frozenset[int]
    may_approve: bool
    may_set_credit: bool


@dataclass
class Comparison:
    """One batch against what is on record."""

    wanted: Import
    known: Known
    beside: Mapping[int, dict[str, Any]]
    terms: Terms
    in_ledger: frozenset[str]  # keys of addresses that ever stood to the newsletter

    def staged(self, line: Line) -> dict[str, Any]:
        """The staged row of a line."""
        if line.refusal is not None:
            return self._refused(line, Refused(*line.refusal))
        try:
            found_by, old = self._whose(line.read)
            _unique(line, old, self.known)
            return self._new(line) if old is None else self._changed(line, old, found_by)
        except Refused as refusal:
            return self._refused(line, refusal)

    def _whose(self, read: Read) -> tuple[str, dict[str, Any] | None]:
        """Which customer a row is about, and by what they were found."""
        values, known, key = read.values, self.known, self.wanted.key
        if key == "auto":
            for way, by, name in WAYS:
                told = values.get(name)
                found = getattr(known, by).get(told) if told else None
                if found is not None:
                    return way, known.by_id[found]
            return "", None
        name = {"customer_number": "number", "telephone": "e164", "email": "email_key"}.get(key, key)
        if not values.get(name):
            raise Refused(key, _("The row has nothing to find its customer by"))
        if key == "telephone":
            ids = sorted(set(known.telephones.get(values["e164"], [])))
            if len(ids) > 1:
                raise Refused("telephone", _("Several customers have this telephone"))
            return (key, known.by_id[ids[0]]) if ids else ("", None)
        by = next(by for way, by, _name in WAYS if way == key)
        found = getattr(known, by).get(values[name])
        return (key, known.by_id[found]) if found is not None else ("", None)

    def _new(self, line: Line) -> dict[str, Any]:
        values, further = line.read.values, line.read.further
        first, last = line.read.names()
        if not first:
            raise Refused("first_name", _("A new customer needs a name"))
        if not values.get("email") and not values.get("telephone"):
            raise Refused("email", _("A new customer needs an email or a telephone"))
        told = staging.row(self.wanted.id, line.line, Outcome.NEW) | values
        told["first_name"], told["last_name"] = first, last
        told["phones"] = [values["e164"]] if values.get("e164") else []
        told["version"] = 1
        if further:
            if further.pop("is_hash_dear", False):
                told["reason"] = _("The hash is dearer than the shop’s own and left out: they choose a new password")
            if "billing" in further and "address" not in further:
                further["address"] = further.pop("billing")  # the only one serves for both
            told |= {name: further[name] for name in IN_COLUMNS if name in further}
            if "address" in further:
                told["address"] = _json(_sealed_place(further["address"]))
            more = {name: value for name, value in further.items() if name not in NOT_BESIDE}
            self._rightful(more)
            if values.get("email_key") in self.in_ledger:
                more.pop("channels", None)  # somebody decided there before, and who was erased is not reached again
            if not self._may_give(told["group_id"]):
                more["applies_for"], told["group_id"] = told["group_id"], None
            told["phones"] += [e164 for _kind, _typed, e164 in more.get("telephones", ()) if e164 not in told["phones"]]
            told["more"] = _json(_sealed(more)) if more else ""
        told["telephone_count"] = len(told["phones"])
        if not told["email"]:
            told["password_hash"] = ""
        return told

    def _changed(self, line: Line, old: dict[str, Any], found_by: str) -> dict[str, Any]:
        values = line.read.values
        if values.get("number", old["number"]) != old["number"]:
            raise Refused("customer_number", _("Numbers of customers on record are not changed by an import"))
        if old["account_id"] is not None and values.get("email_key", old["email_key"]) != old["email_key"]:
            raise Refused("email", _("This customer signs in with another address"))
        told = {name: values.get(name, old[name]) for name in (*KEPT, "telephone", "e164")}
        if old["account_id"] is not None or told["email_key"] == old["email_key"]:
            told["email"] = old["email"]
        if told["e164"] == old["e164"] or told["telephone"] == old["telephone"]:  # the same text is the same number
            told["telephone"], told["e164"] = old["telephone"], old["e164"]
        before = {name: old[name] for name in COMPARED if told[name] != old[name]}
        if before:
            before |= {"e164": old["e164"], "email_key": old["email_key"]}
        row = staging.row(self.wanted.id, line.line, Outcome.SAME) | told
        more, was = self._beside(line.read, old) if line.read.further else (NOTHING, NOTHING)
        if more:
            before["more"] = _sealed(was)
            row["more"] = _json(_sealed(more))
        if before:
            row["outcome"], row["before"] = Outcome.CHANGE.value, _json(before | {"version": old["version"]})
        phones = [phone for phone in old["phones"] if phone != old["e164"]]
        row["phones"] = [told["e164"], *phones] if told["e164"] else phones
        row["telephone_count"] = len(row["phones"])
        return row | {
            "customer_id": old["id"],
            "version": old["version"],
            "found_by": found_by,
            "number": old["number"],
            **{name: line.read.further[name] for name in ("consent_at", "consent_source") if "consent" in more},
        }

    def _beside(self, read: Read, old: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """What changes beside the customer's row, and what stood there; only what the file says something about."""
        standing = {
            **self.beside[old["id"]],
            "is_disabled": old["disabled_at"] is not None,
            "group_id": old["group_id"],
        }
        pairs = dict(differences.of(read.further, standing))
        fresh = [
            one for one in read.further.get("telephones", ()) if one[2] not in (*old["phones"], read.values.get("e164"))
        ]
        if fresh:
            pairs["telephones"] = (fresh, [])
        if "consent_at" in read.further and self._may_begin(read.values.get("email_key"), old["email_key"]):
            pairs["consent"] = (True, False)
        if "group_id" in pairs and not self._may_give(pairs["group_id"][0]):
            pairs["applies_for"] = (pairs.pop("group_id")[0], None)
        lets_in = pairs.get("is_disabled", (True, True))[0] is False
        if old["has_open_application"] and (lets_in or pairs.keys() & {"group_id", "applies_for"}):
            raise Refused("customer_group", _("An application of this customer waits. Decide about it first."))
        more, was = ({name: pair[place] for name, pair in pairs.items()} for place in (0, 1))
        self._rightful(more)
        return more, was

    def _may_begin(self, key: str | None, standing: str | None) -> bool:
        """Whether consent may begin with the file: of the customer's own address, which never decided anything."""
        return key is not None and key == standing and key not in self.in_ledger

    def _rightful(self, more: Mapping[str, Any]) -> None:
        """Refuse what whoever imports may not give."""
        if more.get("till", NOTHING).get("allow_credit_sale") and not self.terms.may_set_credit:
            raise Refused("allow_credit_sale", _("Your role doesn’t include selling on credit"))

    def _may_give(self, group_id: int | None) -> bool:
        """Whether whoever imports may put somebody into a group, which else is applied for."""
        return group_id is None or self.terms.may_approve or group_id not in self.terms.gated

    def _refused(self, line: Line, refusal: Refused) -> dict[str, Any]:
        """A row that is left out, with its cells as they came."""
        wanted = self.wanted
        place = wanted.mapping.index(refusal.field) if refusal.field and refusal.field in wanted.mapping else None
        value = line.raw[place] if place is not None and place < len(line.raw) else ""
        return (
            staging.row(wanted.id, line.line, Outcome.PROBLEM)
            | {
                "email_key": line.read.values.get("email_key"),  # by which erasing its owner finds the row
                "column": wanted.columns[place][:120] if place is not None else refusal.field[:120],
                "value": masked(value) if refusal.field in (*MASKED, "password_hash") else value[:500],
                "reason": str(refusal),
                "raw": _json([cell[:10_000] for cell in line.raw]),
            }
        )


def _unique(line: Line, old: dict[str, Any] | None, known: Known) -> None:
    """Refuse what belongs to somebody else, on record or earlier in the file, then take it."""
    values, mine = line.read.values, old["id"] if old else None
    takes: list[tuple[str, object]] = []
    for name, by, value in WAYS:
        told = values.get(value)
        if not told:
            continue
        holder = getattr(known, by).get(told)
        if holder is not None and holder != mine:
            raise Refused(name, _("Another customer has this"))
        takes.append((value, told))
    if mine is not None:
        takes.append(("customer_id", mine))
    for take in takes:
        if take in known.taken:
            field_name = {"email_key": "email", "number": "customer_number", "customer_id": ""}.get(take[0], take[0])
            raise Refused(field_name, _("Line %(line)s is about the same", line=known.taken[take]))
    for take in takes:
        known.taken[take] = line.line


def _sealed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what nobody reads by chance sealed: rows of a file lie in the database, too."""
    found = dict(told)
    if numbers := found.get("statutory"):
        found["statutory"] = {name: seal(text) or "" if name in SEALED else text for name, text in numbers.items()}
    for name in ("address", "billing"):
        if name in found:
            found[name] = _sealed_place(found[name])
    return found


def _sealed_place(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {**parts, "gate_code": seal(parts["gate_code"])} if parts.get("gate_code") else dict(parts)
