"""What the demo shop asks of its groups, what applicants answered, and tags on a few customers."""

from itertools import cycle

import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.customers import custom_queries
from portal.customers.models import ApplicationAnswer, Customer, FieldKind, FieldValue
from portal.customers.service import custom_fields, tags
from portal.customers.service.custom_fields import Definition
from portal.customers.service.custom_values import PURPOSE
from portal.foundation import files
from portal.foundation.database import db, transaction
from portal.groups import queries as groups
from portal.groups.models import Application, ApplicationState

# Nothing is required, so that a group can be tried out without any of it.
ASKED = {
    "Trade": (
        Definition(
            name="GST number",
            help="As on your GST registration.",
            example="27AAPFU0939F1ZV",
            pattern="[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z]",
        ),
        Definition(
            name="Kind of business",
            kind=FieldKind.CHOICE,
            choices=["Shop", "Restaurant or café", "Workshop", "School or charity", "Something else"],
        ),
        Definition(
            name="Registration certificate", kind=FieldKind.FILE, help="A scan or a photo of your trade registration."
        ),
    ),
    "Club": (
        Definition(
            name="What you’d like to hear about",
            kind=FieldKind.CHOICES,
            choices=["New things", "Sales", "Evenings in the shop", "Courses"],
        ),
    ),
}
GST = ("27AAPFU0939F1ZV", "27AAECR4849R1ZH", "29AABCT1332L1ZA", "07AAGCM9072B1ZI", "33AACCT5493L1ZY")
TAGS = ("Regular, Framing", "Corporate gifts", "Framing", "VIP, Regular", "Gift registry")
ANSWERED = 200  # applications, the newest
TAGGED = 60  # customers, the newest
CERTIFICATE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 63>>stream
BT /F 18 Tf 60 200 Td (Certificate of registration, made up) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def ask() -> None:
    """Have the groups ask their questions, where they do not yet."""
    known = {field.name for field in custom_queries.all_fields()}
    for group in groups.all_groups():
        for definition in ASKED.get(group.name, ()):
            if definition.name not in known:
                asked = Definition(**{**vars(definition), "groups": {group.id: False}})
                custom_fields.define_field(asked, by=OPERATOR)


def answer() -> None:
    """Give the newest applications their answers, and the newest customers tags."""
    with transaction():
        fields = {field.name: field.id for field in custom_queries.all_fields()}
        answered = sa.select(ApplicationAnswer.application_id)
        newest = sa.select(Application).where(Application.id.not_in(answered)).order_by(Application.id.desc())
        kinds, numbers = cycle(ASKED["Trade"][1].choices), cycle(GST)
        for row in db.session.scalars(newest.limit(ANSWERED)).unique():
            if row.group.name == "Trade":
                told = {fields["GST number"]: next(numbers), fields["Kind of business"]: next(kinds)}
                _write(row, told, certificate=fields["Registration certificate"])
        some = sa.select(Customer).order_by(Customer.id.desc()).limit(TAGGED)
        for customer, typed in zip(db.session.scalars(some).unique().all()[::3], cycle(TAGS), strict=False):
            tags.add(customer, typed, by=OPERATOR)


def _write(row: Application, told: dict[int, str], *, certificate: int) -> None:
    for field_id, value in told.items():
        db.session.add(FieldValue(customer_id=row.customer_id, field_id=field_id, value=value))
        db.session.add(ApplicationAnswer(application_id=row.id, field_id=field_id, value=value))
    if row.state is ApplicationState.SUBMITTED:
        name = "certificate.pdf"
        file = files.store(
            CERTIFICATE, purpose=PURPOSE, media_type="application/pdf", name=name, customer_id=row.customer_id
        )
        db.session.add(FieldValue(customer_id=row.customer_id, field_id=certificate, value=name, file_id=file.id))
        db.session.add(ApplicationAnswer(application_id=row.id, field_id=certificate, value=name, file_id=file.id))
