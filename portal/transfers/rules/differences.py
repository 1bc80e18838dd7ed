"""What a row of a file says otherwise than it stands beside a customer on record."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.foundation import search
from portal.transfers.rules.columns import CHANNELS, CHANNELS_SAID


def of(told: Mapping[str, Any], standing: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Each part that a file says otherwise than it stands: how it will be, and how it was."""
    for name in ("is_disabled", "group_id", "stores"):
        if name in told and told[name] != standing.get(name):
            yield name, (told[name], standing.get(name))
    if "tags" in told and _folded(told["tags"]) != _folded(standing.get("tags", ())):
        yield "tags", (told["tags"], standing.get("tags", []))
    for name in ("address", "billing"):
        if name in told:
            known = standing.get(name, {})
            wanted = _place_after(known, told[name])
            if wanted != known and not (name == "billing" and not known and _is_part_of(wanted, standing)):
                yield name, (wanted, known)
    if "channels" in told:
        yield from _of_channels(told["channels"], standing.get("channels", {}))
    for name in ("statutory", "till", "fields"):
        known = standing.get(name, {})
        was = {
            key: known.get(key, None if name == "fields" else _none(value)) for key, value in told.get(name, {}).items()
        }
        wanted = {key: value for key, value in told.get(name, {}).items() if value != was[key]}
        if wanted:
            yield name, (wanted, {key: was[key] for key in wanted})


def _of_channels(told: Mapping[str, Any], standing: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Consent to channels that a file says otherwise, unless the person said something there on its day or since."""
    never = (False, "")
    was = {name: standing.get(name, never) for name in CHANNELS if name in told}
    other = {name: yes for name, (yes, on) in was.items() if told[name] != yes and told["channels_at"] > on}
    if other:
        said = {name: told[name] for name in CHANNELS_SAID}
        yield "channels", ({name: told[name] for name in other} | said, other)


def _folded(words: Iterable[str]) -> set[str]:
    return {search.fold(word) for word in words}


def _is_part_of(billing: Mapping[str, Any], standing: Mapping[str, Any]) -> bool:
    """Whether bills go where deliveries go, which a file may say twice."""
    address = standing.get("address", {})
    return all(address.get(name) == text for name, text in billing.items() if text)


def _place_after(standing: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The address as it will be: what the file leaves empty stays, unless it is in another country."""
    if standing.get("country") != told["country"]:
        return {"recipient": standing.get("recipient", ""), **told}
    return {**standing, **told}


def _none(value: Any) -> Any:
    return False if isinstance(value, bool) else ""
