"""The pages of what is known of a customer: the customer's own, and staff's."""

from tests.journeys.sight import Sight, pressing

RECORDS = (
    Sight("profile-telephones", "ann", "/account/profile/telephones"),
    Sight("profile-channels", "ann", "/account/profile/channels"),
    Sight("profile-photo", "ann", "/account/profile/photo"),
    Sight("customer-statutory", "owner", "{customer}?tab=statutory"),
    Sight("customer-contact", "owner", "{customer}?tab=contact"),
    Sight("customer-contact-errors", "owner", "{customer}?tab=contact", act=pressing("Add telephone", telephone="12")),
    Sight("customer-remarks", "owner", "{customer}?tab=remarks"),
    Sight("customer-reveal", "owner", "{customer}/reveal?field=pan"),
    Sight("customer-revealed", "owner", "{customer}/reveal?field=pan", act=pressing("Show it once", reason="Invoice")),
    Sight("customer-photo", "owner", "{customer}/photo"),
    Sight("customer-photo-errors", "owner", "{customer}/photo", act=pressing("Save photo")),
    Sight("customer-address-new", "owner", "{customer}/addresses/new"),
    Sight("customer-address-edit", "owner", "{customer}/addresses/{address_id}/edit"),
    Sight("customer-address-remove", "owner", "{customer}/addresses/{address_id}/remove"),
)
# Routes that show no page, by their rule, with the reason.
PICTURES = dict.fromkeys(
    (
        *("/account/profile/photo.webp", "/account/profile/photo-64.webp"),
        *("/staff/customers/<number>/photo.webp", "/staff/customers/<number>/photo-64.webp"),
    ),
    "a picture",
)
