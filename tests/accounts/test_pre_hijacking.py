"""What somebody prepared before the true owner came is worth nothing after."""

import sqlalchemy as sa

from portal.accounts.models import EmailChange
from portal.foundation.clock import now
from portal.foundation.database import db
from tests import cast
from tests.accounts.moving import NEW, account, change_to, link_to, states
from tests.accounts.pressing import press
from tests.accounts.recovering import ask as ask_reset
from tests.accounts.recovering import recover

PAGE = "/account/security/email"
PROVE, STOP = "/account/email/", "/account/email/stop/"


def test_a_reset_by_the_owner_ends_what_somebody_prepared(signed_in, browsers, mailbox):
    """The unexpired change of address: an attacker asks for one and waits until the owner is back."""
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    owner = browsers()
    assert recover(owner, ask_reset(owner, mailbox)).status_code == 303
    assert press(browsers(), link).status_code == 410
    assert account().email == cast.ANN.email
    assert signed_in.open("/account").request.path == "/sign-in", "the unexpired session ends, too"


def test_a_changed_password_ends_it_too(signed_in, browsers, mailbox):
    change_to(signed_in)
    link = link_to(mailbox, NEW, PROVE)
    signed_in.open("/account/security")
    signed_in.send(current_password=cast.PASSWORD, password="violet ladder", confirm_password="violet ladder")
    assert press(browsers(), link).status_code == 410
    assert states() == ["cancelled"]
    assert db.session.scalars(sa.select(EmailChange)).one().settled_at <= now()
