"""What the demo shop knows of some people beyond name and contact, so that their pages are alive."""

import random
from datetime import date, timedelta
from io import BytesIO

import sqlalchemy as sa

from portal.audit.service import OPERATOR
from portal.cli.demo.people import SEED
from portal.cli.demo.shop import ANN
from portal.customers import queries
from portal.customers.models import Channel, ChannelSource, Customer, Gender, Statutory, TelephoneKind
from portal.customers.service import channels, photos, profile, telephones
from portal.customers.service.further import Further
from portal.customers.service.sealing import seal
from portal.foundation.clock import now
from portal.foundation.database import db, transaction

MANY = 40  # people of whom more is known; the verbs write them one by one
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # of a GST number's check digit
STATES = {"Maharashtra": "27", "Karnataka": "29", "Tamil Nadu": "33", "Delhi": "07", "Gujarat": "24"}
REMARKS = (
    "Prefers to be called after six in the evening.",
    "Asks for a tax invoice with every order.",
    "Collects from the Pune store on Saturdays.",
    "Allergic to nickel: no buckles, please ask before sending gifts.",
)
CONSENT = "Agreed at the counter, on the membership form."


def know_more() -> None:
    """Fill in Ann's record and those of some others that nothing is known of yet."""
    with transaction():
        _ann()
    known = sa.select(Statutory.customer_id)
    some = sa.select(Customer).where(Customer.id.not_in(known), Customer.born_on.is_(None)).order_by(Customer.id.desc())
    chance = random.Random(SEED)
    for customer in db.session.scalars(some.limit(MANY)).all():
        with transaction():
            _somebody(customer, chance)


def _ann() -> None:
    ann = queries.by_email(ANN)
    if ann is None or ann.born_on is not None:
        return
    portrait = photos.made_of(_portrait())  # before anything is written
    more = Further(
        gender=Gender.FEMALE, born_on=date(1987, 3, 27), nationality="IN", anniversary_on=date(2019, 11, 2),
        external_id="POS-7741", remarks="Runs a framing workshop.\nCall before delivering.",
        preferred_channel=Channel.TELEPHONE, gstin="27AAPFU0939F1ZV", pan="AAPFU0939F",
        drivers_licence="MH12 20110012345",
        allow_credit_sale=True, email_receipts=True, price_note="Trade price on mouldings",
    )  # fmt: skip
    profile.update_profile(ann, version=ann.version, by=OPERATOR, further=more, may_set_credit=True)
    telephones.add_telephone(ann, "+44 20 7946 0123", TelephoneKind.WORK, by=OPERATOR)
    first = ann.telephone
    if first is not None:
        telephones.verify_telephone(ann, first.id, where="Pune Camp, at the counter", by=OPERATOR)
    agreed = {Channel.SMS: True, Channel.POST: True}
    channels.set_channels(ann, agreed, source=ChannelSource.STAFF, words=CONSENT, by=OPERATOR)
    home = queries.addresses(ann.id)[0]
    home.gate_code, home.delivery_note = seal("4711#"), "Second staircase, ring twice."
    photos.set_photo(ann, portrait, by=OPERATOR)


def _somebody(customer: Customer, chance: random.Random) -> None:
    today = now().date()
    more = Further(
        gender=chance.choice((Gender.FEMALE, Gender.MALE, Gender.FEMALE, Gender.MALE, Gender.OTHER)),
        born_on=today - timedelta(days=chance.randrange(18 * 365, 80 * 365)),
        nationality=chance.choice(("IN", "IN", "GB", "DE", "")),
        preferred_channel=chance.choice((None, Channel.EMAIL, Channel.SMS, Channel.TELEPHONE)),
        email_receipts=chance.random() < 0.4,
    )
    if chance.random() < 0.4:
        state, pan = chance.choice(list(STATES)), _pan(chance)
        more |= Further(pan=pan, gstin=_gstin(STATES[state], pan), state_of_registration=state)
    if chance.random() < 0.3:
        more["remarks"] = chance.choice(REMARKS)
    if chance.random() < 0.5:
        more["anniversary_on"] = customer.created_at.date()
    profile.update_profile(customer, version=customer.version, by=OPERATOR, further=more)
    wanted = {channel: True for channel in channels.KEPT_HERE if chance.random() < 0.3}
    if wanted:
        channels.set_channels(customer, wanted, source=ChannelSource.STAFF, words=CONSENT, by=OPERATOR)


def _pan(chance: random.Random) -> str:
    letters = "".join(chance.choices(LETTERS, k=3))
    return f"{letters}F{chance.choice(LETTERS)}{chance.randrange(1, 10000):04}{chance.choice(LETTERS)}"


def _gstin(state: str, pan: str) -> str:
    from stdnum import luhn  # noqa: PLC0415 - for this command alone

    begin = f"{state}{pan}1Z"
    return begin + luhn.calc_check_digit(begin, DIGITS)


def _portrait() -> bytes:
    """Somebody drawn with a few ellipses: no real person lends their face to a demo."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - for this command alone

    picture = Image.new("RGB", (512, 512), "#cfe3d8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((96, 330, 416, 720), fill="#0f6b4f")
    draw.ellipse((146, 60, 366, 340), fill="#3a2417")
    draw.ellipse((170, 100, 342, 330), fill="#a8704c")
    draw.rectangle((228, 310, 284, 370), fill="#a8704c")
    draw.ellipse((206, 190, 222, 208), fill="#241a15")
    draw.ellipse((290, 190, 306, 208), fill="#241a15")
    draw.arc((222, 220, 290, 282), 20, 160, fill="#5c2f22", width=6)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
