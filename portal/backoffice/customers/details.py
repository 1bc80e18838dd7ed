"""What staff type beyond name and contact: from the form to what is written, and back."""

from typing import Any, cast

from portal.backoffice.customers.forms import CustomerForm
from portal.customers.fields import was_sent
from portal.customers.models import Customer
from portal.customers.rules.tax_ids import masked
from portal.customers.service.further import AT_TILL, NAMES, SEALED, STATE, Further
from portal.customers.service.sealing import mask

PERSON = ("born_on", "nationality")
MORE = ("anniversary_on", "external_id", "remarks")
CHOSEN = ("gender", "preferred_channel")


def further(form: CustomerForm, *, may_set_credit: bool) -> Further:
    """What was typed; a field that was not sent is left as it is, and so is a masked number that was left empty."""
    typed = dict(form.personal())
    for name in (*MORE, STATE):
        if was_sent(NAMES.get(name, name)):
            typed[name] = form[NAMES.get(name, name)].data
    for name in SEALED:
        if form[f"clear_{name}"].data:
            typed[name] = ""
        elif form.text(name):
            typed[name] = form.text(name)
    if form.language.data:
        typed["locale"] = form.language.data
    if was_sent("price_note"):  # a tick that is not set is not sent: the text beside it says that they were there
        typed |= {name: form[name].data for name in AT_TILL if name != "allow_credit_sale" or may_set_credit}
    return cast("Further", typed)


def on_record(customer: Customer) -> dict[str, Any]:
    """What the form shows of a customer; masked numbers are not filled in."""
    known: dict[str, Any] = {NAMES.get(name, name): getattr(customer, name) for name in (*PERSON, *MORE)}
    known |= {name: getattr(customer, name) or "" for name in CHOSEN}
    known[STATE] = customer.statutory.state_of_registration if customer.statutory else ""
    return known | {"language": customer.locale} | {name: getattr(customer.pos, name, "") for name in AT_TILL}


def masks(customer: Customer | None) -> dict[str, str]:
    """The numbers that are known, masked."""
    row = customer.statutory if customer else None
    found = {name: mask(getattr(row, name, None)) for name in SEALED}
    return {name: shown for name, shown in found.items() if shown}


def compared(form: CustomerForm, customer: Customer) -> list[tuple[str, str, str]]:
    """The masked numbers of both versions of an edit: name, the one typed, the one on record."""
    theirs = masks(customer)
    rows = []
    for name in SEALED:
        mine = "" if form[f"clear_{name}"].data else masked(form.text(name)) or theirs.get(name, "")
        rows.append((name, mine, theirs.get(name, "")))
    return rows
