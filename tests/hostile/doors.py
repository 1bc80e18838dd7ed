"""Every door of the portal, read from its address map, with somebody real in the places of each address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from portal.foundation import access
from portal.foundation.database import Base
from portal.foundation.web import SAFE, csrf

Facts = dict[str, str]


@dataclass(frozen=True)
class Door:
    """One way in: a rule, a method, and the right that it asks for."""

    rule: Rule
    method: str
    right: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def of_staff(self) -> bool:
        return self.rule.rule == "/staff" or self.rule.rule.startswith("/staff/")

    @property
    def arguments(self) -> set[str]:
        """The names of the places of its address that stand for a record, not for one of a few words."""
        return self.places - {"filename", "purpose", "name", "kind"}

    @property
    def places(self) -> set[str]:
        """The names of all places of its address."""
        return self.rule.arguments - set(self.rule.defaults or ())


def every(app: Flask, *, unsafe: bool | None = None) -> list[Door]:
    """All doors, or those that change something, or those that only show."""
    return [
        Door(rule, method, access.right_of(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint != "static" and unsafe in (None, method not in SAFE)
    ]


def takes_forms_of_anybody(app: Flask, door: Door) -> bool:
    """Whether a door is left open for machines that know no secret of a form."""
    view = app.view_functions[door.rule.endpoint]
    return f"{view.__module__}.{view.__name__}" in csrf._exempt_views


def address(app: Flask, door: Door, facts: Facts) -> str:
    """The address of a door, each place filled with what the facts know of it.

    A place is looked up as `rule argument`, then `blueprint argument`, then `argument`.
    """
    values = dict(door.rule.defaults or {})
    for argument in door.places:
        blueprint = door.rule.endpoint.split(".")[0]
        names = (f"{door.rule.rule} {argument}", f"{blueprint} {argument}", argument)
        is_number = f"<int:{argument}>" in door.rule.rule
        fits = (facts[name] for name in names if name in facts and (facts[name].isdigit() or not is_number))
        values[argument] = next(fits, _anything(door, argument))
    return str(app.url_map.bind("localhost").build(door.rule.endpoint, values))


def unknown(facts: Facts) -> Facts:
    """The same facts with nobody's record in any place."""
    return {name: "987654" if text.isdigit() else _other(text) for name, text in facts.items()}


def tables_by_argument() -> Iterator[tuple[str, type[Base]]]:
    """For each place called `something_id`, the table whose rows it means."""
    for mapper in Base.registry.mappers:
        words = str(mapper.local_table.name).split("_")
        for at in range(len(words)):
            yield "_".join(words[at:]) + "_id", mapper.class_


def owner_columns(table: type[Base]) -> set[str]:
    """Which columns of a table say whose row it is."""
    return {"account_id", "customer_id"} & set(sa.inspect(table).columns.keys())


def _anything(door: Door, argument: str) -> str:
    return "1" if re.search(rf"<int:{argument}>", door.rule.rule) else "x"


def _other(text: str) -> str:
    return text if "/" in text else "x" + text[1:]
