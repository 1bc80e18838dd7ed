"""Columns: the fields that files bring and take, how other shops call them, and which preset a file fits."""

import re
from collections.abc import Sequence

from portal.foundation.text import lazy

ADDRESS = ("company", "address_1", "address_2", "city", "state", "postcode", "country")
EXPORTED = (
    *("customer_number", "external_id", "first_name", "last_name", "email", "telephone", "status", "customer_group"),
    *("stores", "newsletter", "gender", "date_of_birth", "nationality", "anniversary", "preferred_channel", "remarks"),
    *ADDRESS,
    "created_at",
)
LABELS = {
    "customer_number": lazy("Customer number"),
    "external_id": lazy("Id in another system"),
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "email": lazy("Email"),
    "telephone": lazy("Telephone"),
    "status": lazy("Status (new customers)"),
    "customer_group": lazy("Customer group (new customers)"),
    "stores": lazy("Stores (new customers)"),
    "gender": lazy("Gender"),
    "date_of_birth": lazy("Date of birth"),
    "nationality": lazy("Nationality"),
    "anniversary": lazy("Anniversary"),
    "preferred_channel": lazy("Preferred channel"),
    "remarks": lazy("Remarks"),
    "company": lazy("Company"),
    "address_1": lazy("Address (new customers)"),
    "address_2": lazy("Flat, floor or building"),
    "city": lazy("City"),
    "state": lazy("State"),
    "postcode": lazy("Postcode"),
    "country": lazy("Country"),
    "password_hash": lazy("Password hash (bcrypt)"),
    "consent_at": lazy("Newsletter: date of consent"),
    "consent_source": lazy("Newsletter: source of consent"),
}
KEYS = {
    "auto": lazy("Number, other id or email, whichever the row has"),
    "customer_number": lazy("Customer number"),
    "external_id": lazy("Id in another system"),
    "email": lazy("Email"),
    "telephone": lazy("Telephone"),
}
PORTAL = {name: name for name in LABELS}
PRESETS: dict[str, dict[str, str]] = {
    "portal": PORTAL,
    "shopify": {
        "customer_id": "external_id",
        "default_address_company": "company",
        "default_address_address1": "address_1",
        "default_address_address2": "address_2",
        "default_address_city": "city",
        "default_address_province_code": "state",
        "default_address_country_code": "country",
        "default_address_zip": "postcode",
        "phone": "telephone",
        "note": "remarks",
    },
    "woocommerce": {
        "user_id": "external_id",
        "user_email": "email",
        "user_pass": "password_hash",
        "billing_phone": "telephone",
        "billing_company": "company",
        "billing_address_1": "address_1",
        "billing_address_2": "address_2",
        "billing_city": "city",
        "billing_state": "state",
        "billing_postcode": "postcode",
        "billing_country": "country",
    },
    "magento": {
        "entity_id": "external_id",
        "firstname": "first_name",
        "lastname": "last_name",
        "dob": "date_of_birth",
        "password_hash": "password_hash",
        "group": "customer_group",
        "address_telephone": "telephone",
        "address_company": "company",
        "address_street": "address_1",
        "address_city": "city",
        "address_region": "state",
        "address_postcode": "postcode",
        "address_country_id": "country",
    },
    "opencart": {
        "customer_id": "external_id",
        "firstname": "first_name",
        "lastname": "last_name",
        "password": "password_hash",
        "customer_group": "customer_group",
        "address_1": "address_1",
        "iso_code_2": "country",
    },
}
BASICS = {"first_name": "first_name", "last_name": "last_name", "email": "email", "telephone": "telephone"}
FURTHER = {
    "number": "customer_number",
    "customer_no": "customer_number",
    "e_mail": "email",
    "email_address": "email",
    "mail": "email",
    "phone": "telephone",
    "phone_number": "telephone",
    "mobile": "telephone",
    "tel": "telephone",
    "given_name": "first_name",
    "forename": "first_name",
    "family_name": "last_name",
    "surname": "last_name",
    "group": "customer_group",
    "store": "stores",
    "birthday": "date_of_birth",
    "dob": "date_of_birth",
    "sex": "gender",
    "notes": "remarks",
    "street": "address_1",
    "town": "city",
    "zip": "postcode",
    "postal_code": "postcode",
}


def plain(head: str) -> str:
    """The head of a column without case, spaces and signs."""
    return re.sub(r"[^a-z0-9]+", "_", head.strip().lower()).strip("_")


def guess(heads: Sequence[str], preset: str = "auto") -> list[str]:
    """For each column our field, empty where nothing fits; no field twice.

    Args:
        heads: of the file.
        preset: a name of PRESETS, or "auto" for the one that names most of them.
    """
    names = [plain(head) for head in heads]
    known = PRESETS.get(preset) or PRESETS[fitting(heads)]
    words = FURTHER | BASICS | PORTAL | known
    taken: set[str] = set()
    found = []
    for name in names:
        field = words.get(name, "")
        found.append("" if field in taken else field)
        taken.add(field)
    return found


def fitting(heads: Sequence[str]) -> str:
    """The preset whose own names most columns have; ours where none has more."""
    names = {plain(head) for head in heads}
    return max(PRESETS, key=lambda preset: len(names & (PRESETS[preset] | BASICS).keys()))
