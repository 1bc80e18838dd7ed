"""Who looks like somebody whom staff are about to add."""

from portal.backoffice import comparing
from portal.backoffice.customers import reach
from portal.backoffice.customers.forms import CustomerForm
from portal.config import settings
from portal.customers.models import Customer
from portal.customers.rules import telephones
from portal.customers.service import duplicates
from portal.customers.service.duplicates import Looks
from portal.foundation import emails

MOST = 5  # shown; who is further down the list is less alike


def alike(form: CustomerForm) -> list[tuple[Customer, str]]:
    """Customers who look like what was typed, the surest first, each with the reasons in words.

    Who has the very same address is left out: that is refused, whoever it is.
    """
    telephone = telephones.to_e164(form.text("telephone"), settings().shop_country) if form.text("telephone") else None
    looks = Looks(
        first_name=form.text("first_name"),
        last_name=form.text("last_name"),
        email_key=emails.key(form.text("email")) if form.text("email") else "",
        telephones=(telephone,) if telephone else (),
        born_on=form.date_of_birth.data,
    )
    found = duplicates.like(looks)
    known = comparing.customers_of([*found])
    return [
        (known[customer_id], comparing.told(found[customer_id]))
        for customer_id in sorted(found, key=lambda one: comparing.place(found[one]))
        if known[customer_id].email_key != looks.email_key and any(map(reach.is_within, known[customer_id].stores))
    ][:MOST]
