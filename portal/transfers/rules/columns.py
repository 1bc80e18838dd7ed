"""Columns: the fields that files bring and take, how other shops call them, and which preset a file fits."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from portal.customers.models import Channel
from portal.foundation.text import lazy

PLACE = ("company", "recipient", "address_1", "address_2", "city", "state", "postcode", "country")
AT_THE_DOOR = ("address_telephone", "delivery_note", "gate_code")
ADDRESS = (*PLACE, *AT_THE_DOOR)  # where deliveries go
DEFAULT_ADDRESS = "is_default_address"  # where each address has a row: whether it is that of deliveries
BILLING = tuple(f"billing_{name}" for name in PLACE)  # where bills go, if elsewhere
STATUTORY = ("pan", "gstin", "vat_id", "drivers_licence", "state_of_registration")
AT_TILL = ("allow_credit_sale", "email_receipts", "price_note")
CHANNELS = {"consent_sms": Channel.SMS, "consent_telephone": Channel.TELEPHONE, "consent_post": Channel.POST}
CHANNELS_SAID = ("channels_at", "channels_source")  # without which a file decides nothing about channels
FIELD = "field:"  # before the key of a field of the shop's own, which is a column, too
EXPORTED = (
    *("customer_number", "external_id", "first_name", "last_name", "email", "telephone", "further_telephones"),
    *("status", "customer_group", "stores", "tags", "newsletter"),
    *(*CHANNELS, "preferred_channel"),
    *("gender", "date_of_birth", "nationality", "anniversary", "remarks"),
    *(*PLACE, "address_telephone", "delivery_note"),
    *BILLING,
    *AT_TILL,
    "created_at",
)
MASKED = (*STATUTORY, "gate_code")  # exported only to who may reveal them and says why
LABELS = {
    "customer_number": lazy("Customer number"),
    "external_id": lazy("Id in another system"),
    "first_name": lazy("First name"),
    "last_name": lazy("Last name"),
    "full_name": lazy("Full name, of new customers"),
    "email": lazy("Email"),
    "telephone": lazy("Telephone"),
    "further_telephones": lazy("Further telephones"),
    "status": lazy("Status"),
    "customer_group": lazy("Customer group"),
    "stores": lazy("Stores"),
    "tags": lazy("Tags"),
    "gender": lazy("Gender"),
    "date_of_birth": lazy("Date of birth"),
    "nationality": lazy("Nationality"),
    "anniversary": lazy("Anniversary"),
    "preferred_channel": lazy("Preferred channel"),
    "remarks": lazy("Remarks"),
    "company": lazy("Company"),
    "recipient": lazy("Recipient"),
    "address_1": lazy("Address"),
    "address_2": lazy("Flat, floor or building"),
    "city": lazy("City"),
    "state": lazy("State"),
    "postcode": lazy("Postcode"),
    "country": lazy("Country"),
    "address_telephone": lazy("Telephone at the address"),
    DEFAULT_ADDRESS: lazy("Whether deliveries go there: yes or no"),
    "delivery_note": lazy("Delivery note"),
    "gate_code": lazy("Gate code"),
    "billing_company": lazy("Billing: company"),
    "billing_recipient": lazy("Billing: recipient"),
    "billing_address_1": lazy("Billing: address"),
    "billing_address_2": lazy("Billing: flat, floor or building"),
    "billing_city": lazy("Billing: city"),
    "billing_state": lazy("Billing: state"),
    "billing_postcode": lazy("Billing: postcode"),
    "billing_country": lazy("Billing: country"),
    "pan": lazy("PAN"),
    "gstin": lazy("GST number"),
    "vat_id": lazy("VAT number"),
    "drivers_licence": lazy("Driver’s licence"),
    "state_of_registration": lazy("State of registration"),
    "allow_credit_sale": lazy("Allow credit sale"),
    "email_receipts": lazy("Receipts by email"),
    "price_note": lazy("Price note"),
    "password_hash": lazy("Password hash (bcrypt)"),
    "consent_at": lazy("Newsletter: date of consent"),
    "consent_source": lazy("Newsletter: source of consent"),
    "consent_sms": lazy("Consent to text messages"),
    "consent_telephone": lazy("Consent to telephone calls"),
    "consent_post": lazy("Consent to post"),
    "channels_at": lazy("Text messages, calls, post: date of consent"),
    "channels_source": lazy("Text messages, calls, post: source of consent"),
}
KEYS = {
    "auto": lazy("Number, other id or email, whichever the row has"),
    "customer_number": lazy("Customer number"),
    "external_id": lazy("Id in another system"),
    "email": lazy("Email"),
    "telephone": lazy("Telephone"),
}
NO_FIELDS: Mapping[str, str] = MappingProxyType({})
PORTAL = {name: name for name in LABELS}
PRESETS: dict[str, dict[str, str]] = {  # their columns, as their exports name them; empty for what only looks like ours
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
        "address1": "address_1",
        "address2": "address_2",
        "province": "",
        "province_code": "state",
        "country": "",
        "country_code": "country",
        "phone": "telephone",
        "accepts_marketing": "",
        "accepts_email_marketing": "",
        "accepts_sms_marketing": "",
        "note": "remarks",
        "tags": "tags",
    },
    "woocommerce": {
        "user_id": "external_id",
        "customer_id": "external_id",
        "id": "external_id",
        "username": "",
        "user_login": "",
        "display_name": "full_name",
        "billing_full_name": "full_name",
        "user_email": "email",
        "user_pass": "password_hash",
        "billing_phone": "telephone",
        "shipping_company": "company",
        "shipping_address_1": "address_1",
        "shipping_address_2": "address_2",
        "shipping_city": "city",
        "shipping_state": "state",
        "shipping_postcode": "postcode",
        "shipping_country": "country",
        "shipping_phone": "address_telephone",
        "region": "state",
        "country_region": "country",
        **{name: name for name in BILLING},
    },
    "magento": {
        "entity_id": "external_id",
        "id": "external_id",
        "website": "",
        "web_site": "",
        "billing_address": "",
        "store": "",
        "created_in": "",
        "account_created_in": "",
        "firstname": "first_name",
        "lastname": "last_name",
        "dob": "date_of_birth",
        "password_hash": "password_hash",
        "group": "customer_group",
        "taxvat": "vat_id",
        "tax_vat_number": "vat_id",
        "street_address": "address_1",
        "state_province": "state",
        "address_telephone": "telephone",
        "address_company": "company",
        "address_street": "address_1",
        "address_city": "city",
        "address_region": "state",
        "address_postcode": "postcode",
        "address_country_id": "country",
    },
    "magento_addresses": {  # which has a row for each address, with its own id, recipient and telephone
        "website": "",
        "entity_id": "",
        "firstname": "",
        "lastname": "",
        "country_id": "country",
        "region": "state",
        "region_id": "",
        "street": "address_1",
        "telephone": "address_telephone",
        "vat_id": "",
        "address_default_billing": "",
        "address_default_shipping": DEFAULT_ADDRESS,
    },
    "opencart": {
        "customer_id": "external_id",
        "firstname": "first_name",
        "lastname": "last_name",
        "password": "password_hash",
        "customer_group": "customer_group",
        "store": "",
        "zone": "state",
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
    "name": "full_name",
    "customer_name": "full_name",
    "group": "customer_group",
    "tag": "tags",
    "gst_number": "gstin",
    "vat_number": "vat_id",
    "tax_vat": "vat_id",
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


def guess(heads: Sequence[str], preset: str = "auto", own: Mapping[str, str] = NO_FIELDS) -> list[str]:
    """For each column our field, empty where nothing fits; no field twice.

    Args:
        heads: of the file.
        preset: a name of PRESETS, or "auto" for the one that names most of them.
        own: columns of the shop's own fields, with their names.
    """
    fields = {plain(word): column for column, name in own.items() for word in (column, name)}
    words = {plain(str(label)): name for name, label in LABELS.items()} | fields
    words |= _words(preset if preset in PRESETS else fitting(heads))
    taken: set[str] = set()
    found = []
    for name in map(plain, heads):
        field = words.get(name, "") if name else ""
        found.append("" if field in taken else field)
        taken.add(field)
    return found


def fitting(heads: Sequence[str]) -> str:
    """The preset that knows most columns; ours where none knows more."""
    names = {plain(head) for head in heads}
    return max(PRESETS, key=lambda preset: len(names & _words(preset).keys()))


def _words(preset: str) -> dict[str, str]:
    return FURTHER | BASICS | PORTAL | PRESETS[preset]
