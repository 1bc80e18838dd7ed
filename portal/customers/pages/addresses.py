"""What the pages of an address show, whoever keeps the book: the customer, or staff for them."""

from typing import Any

from flask import request

from portal.config import settings
from portal.customers.forms import AddressForm
from portal.customers.models import Address
from portal.customers.rules import addresses as rules
from portal.customers.service.sealing import mask
from portal.foundation.text import _, locale


def choices(form: AddressForm, address: Address | None) -> dict[str, Any]:
    """The form with the fields of its country."""
    country = form.country.data or ""
    return {
        "values": form.typed,
        "errors": form.words,
        "rules": rules.fields_of(country if country in rules.countries() else settings().shop_country),
        "countries": [("", _("Choose a country")), *rules.country_names(locale())],
        "address": address,
        "gate_mask": mask(address.gate_code) if address else "",
    }


def compared(form: AddressForm, address: Address) -> dict[str, Any]:
    """Both versions of an address that two people edited, part by part, and the form to be sent again."""
    labels = {part.name: part.label for part in rules.fields_of(form.country.data or "")}
    names = {"recipient": _("Recipient"), **labels, "country": _("Country")}
    names |= {"telephone": _("Telephone for deliveries"), "delivery_note": _("Delivery note")}
    rows = [
        {"label": said, "yours": form.typed[name], "theirs": getattr(address, name)} for name, said in names.items()
    ]
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in ("version", "csrf_token")]
    return {"rows": rows, "form": [*sent, ("version", address.version)]}
