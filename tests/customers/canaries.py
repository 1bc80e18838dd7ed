"""A customer of whom every table that is declared holds a row, with a word found nowhere else in every field."""

import secrets
from datetime import UTC, datetime
from itertools import count

import sqlalchemy as sa

from portal.audit.service import Actor, record
from portal.customers.service.persons import person_of
from portal.customers.service.records import subject
from portal.foundation import crypto, emails, files, holdings
from portal.foundation.database import Base, db
from tests import cast

DAY = datetime(2026, 1, 2, tzinfo=UTC)
BY_HAND = {
    "customer",
    "account",
    "job",
    "job_problem",
    "stored_file",
    "consent_event",
}  # filled otherwise, or not inserted


class Canaries:
    """Unique words, each remembered with the field that it was put in."""

    def __init__(self):
        self.sung = {}
        self._flock = secrets.token_hex(3)  # files of other tests lie beside
        self._numbers = count(1)

    def word(self, place, length=None):
        word = f"kan{self._flock}{next(self._numbers):04}vogel"
        self.sung[place] = word
        return word if length is None or length >= len(word) else None

    def left_in(self, content):
        return {place: word for place, word in self.sung.items() if word.encode() in content}


def fill(canaries):
    """Ann, known by every table; gives her customer."""
    ann = cast.customer(cast.ANN)
    cast.custom_field()
    cast.tag()
    _rewrite(ann, canaries)
    person = person_of(ann)
    files.store(canaries.word("bytes").encode(), purpose="answer", media_type="text/plain", customer_id=ann.id)
    for holding in sorted(holdings.declared(), key=lambda one: bool(one.via[0])):  # what hangs on others comes last
        if holding.table not in BY_HAND and (holding.by or holding.via[0]):
            _insert(holding, person, canaries)
    _others(ann, canaries)
    db.session.commit()
    return ann


def _rewrite(ann, canaries):
    """Her own two rows: every text that nothing else hangs on."""
    address = f"{canaries.word('customer.email')}@demo.example"
    for table, row_id in (("account", ann.account_id), ("customer", ann.id)):
        rows = Base.metadata.tables[table]
        values = _values(rows, canaries, {"id": row_id})
        values |= {"email": address, "email_key": emails.key(address)}
        values = {name: value for name, value in values.items() if name not in _STAND and not name.endswith("_id")}
        db.session.execute(sa.update(rows).where(rows.c.id == row_id).values(**values))
    db.session.commit()
    db.session.refresh(ann)


_STAND = {
    "id", "realm", "status", "password_hash", "held_for", "closing_at", "erased_at", "version", "locale", "epoch",
    "created_through", "disabled_at", "number",
}  # fmt: skip


def _insert(holding, person, canaries):
    known = {column: getattr(person, part)[0] for column, part in holding.by.items()}
    column, parent = holding.via
    if column:
        above = Base.metadata.tables[parent]
        known[column] = db.session.scalar(sa.select(sa.func.max(above.c.id)))
    values = _values(holding.rows, canaries, known)
    for name, purpose in holding.encrypted.items():
        values[name] = crypto.encrypt(purpose, values[name] or "x")
    if holding.table == "delivery":
        values["campaign_id"] = _one_of(Base.metadata.tables["campaign"].c.id)
    if holding.table == "suppression":
        values["subject_hmac"] = None  # an address is known in clear or by its hash
    if values.get("is_preferred"):
        values["is_preferred"] = False
    if holding.table in ("group_membership", "customer_store", "security_answer"):
        return  # she has one
    db.session.execute(sa.insert(holding.rows).values(**values))


def _values(table, canaries, known):
    return {
        column.name: known[column.name] if column.name in known else _value(table, column, canaries)
        for column in table.c
        if column.name in known
        or column.foreign_keys
        or not (column.primary_key and column.autoincrement is not False and _is_number(column))
    }


def _one_of(column):
    """A row to refer to, made where there is none; it says nothing about anybody."""
    found = db.session.scalar(sa.select(sa.func.min(column)))
    if found is None:
        made = sa.insert(column.table).values(**_values(column.table, Canaries(), {}))
        found = db.session.execute(made.returning(column)).scalar_one()
    return found


def _is_number(column):
    return isinstance(column.type, sa.Integer)


def _value(table, column, canaries):  # noqa: PLR0911 - one line for each kind of column
    place, kind = f"{table.name}.{column.name}", column.type
    if column.foreign_keys:
        [reference] = column.foreign_keys
        return None if column.nullable else _one_of(reference.column)
    if isinstance(kind, sa.Enum):
        return kind.python_type and next(iter(kind.enum_class or [None])) if not column.nullable else None
    if isinstance(kind, sa.String) and column.name.endswith("_by"):
        return "Clara Clerk"  # names of staff stay
    if isinstance(kind, sa.String):
        return canaries.word(place, kind.length) or "x"
    if isinstance(kind, sa.JSON):
        return {"told": {"value": canaries.word(place)}}
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.LargeBinary):
        return canaries.word(place).encode()
    if isinstance(kind, sa.Integer):
        return None if column.nullable else 1
    if isinstance(kind, sa.Date):
        return DAY.date()
    return DAY


def _others(ann, canaries):
    """What no row can be made for column by column: exports, jobs, the audit log."""
    files.store(canaries.word("export").encode(), purpose="export", media_type="text/csv")
    job = Base.metadata.tables["job"]
    parameters = {"name": f"{ann.first_name} {ann.last_name}", "q": canaries.word("job.parameters")}
    fixed = {"kind": "x", "state": "done", "owner_kind": "staff", "owner_name": "Clara", "parameters": parameters}
    moments = {"created_at": DAY, "due_at": DAY}
    made = sa.insert(job).values(**fixed, **moments, cursor={}, result={}, done=0, refused=1, trouble="", tries=1)
    job_id = db.session.execute(made.returning(job.c.id)).scalar_one()
    problem = Base.metadata.tables["job_problem"]
    told = {name: f"{ann.email} {canaries.word(f'job_problem.{name}')}" for name in ("subject", "value", "reason")}
    db.session.execute(sa.insert(problem).values(job_id=job_id, column="email", **told))
    herself = Actor("customer", ann.account_id, canaries.word("audit.actor_name"))
    done = sa.insert(job).values(**{**fixed, "state": "failed"}, **moments, cursor={}, done=0, refused=0, tries=1)
    told = {
        "trouble": f"{ann.email} {canaries.word('job.trouble')}",
        "result": {"of": [ann.email, canaries.word("job.result")]},
    }
    db.session.execute(done.values(**told))
    changes = {"first_name": (canaries.word("audit.before"), canaries.word("audit.after"))}
    record("customer.changed", subject(ann), by=herself, changes=changes, reason=canaries.word("audit.reason"))
