"""flask keys: the ring in the file or in the settings, what hangs on each key, and when one may go."""

import dataclasses
import stat
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal import create_app
from portal.accounts.models import Account, Authenticator, RecoveryCode
from portal.audit.models import AuditEntry
from portal.audit.service import OPERATOR
from portal.config import ConfigurationError, Settings
from portal.customers.models import Address, Customer
from portal.customers.service import further, profile, sealing
from portal.customers.service.further import Further
from portal.foundation import crypto, keyring
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries as consents
from tests import cast
from tests.newsletter import ledger


@pytest.fixture
def ann(app):
    """A customer, who has a password and an answer."""
    cast.customer(cast.ANN)


@pytest.fixture
def shop(app, rotation, tmp_path):
    """The application as an operator has it whose keys are kept in the file."""
    before = app.extensions["portal.settings"]
    app.extensions["portal.settings"] = dataclasses.replace(before, secret_keys=(), instance=tmp_path)
    keyring.keep(tmp_path / "keys", rotation.first)
    yield app
    app.extensions["portal.settings"] = before


def told(app, *words, code=0):
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["keys", *words])
    assert result.exit_code == code, result.output
    db.session.expire_all()
    return result.output


def names():
    return [crypto.identify_master(master) for master in crypto.ring().masters]


def test_the_file_gets_a_new_key_in_front_and_stays_private(shop, tmp_path):
    said = told(shop, "rotate")
    newest, old = keyring.kept(tmp_path / "keys")
    assert crypto.ring().masters == (newest, old)
    assert crypto.identify_master(newest) in said
    assert "restart" in said
    assert newest not in said
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert db.session.scalars(sa.select(AuditEntry.verb)).all() == ["keys.rotated"]


def test_keys_in_the_settings_are_printed_with_a_new_one_in_front_and_nothing_else_happens(app, rotation):
    said = told(app, "rotate")
    [line] = [line for line in said.splitlines() if line.startswith("PORTAL_SECRET_KEYS=")]
    assert line.endswith(f",{rotation.first[0]}")
    assert len(line.removeprefix("PORTAL_SECRET_KEYS=").split(",")[0]) >= 64
    assert crypto.ring().masters == rotation.first


def test_status_tells_what_hangs_on_each_key_and_never_a_key(ann, shop, browsers, mailbox):
    account = db.session.scalars(sa.select(Account)).one()
    db.session.add(Authenticator(account_id=account.id, secret=crypto.encrypt("totp", "JBSWY3DPEHPK3PXP")))
    db.session.add(RecoveryCode(account_id=account.id, digest=crypto.keyed_hash("recovery code", "1:x")))
    ledger.join(browsers(), mailbox)
    told(shop, "rotate")
    said = told(shop, "status")
    newest, oldest = said.splitlines()[1:]
    assert newest.split()[:5] == [names()[0], "0", "days", "0", "0"]
    assert oldest.split()[:5] == [names()[1], "unknown", "1", "1", "1"]
    assert oldest.split()[-1] == "3"  # both steps of consent, and the mail between
    assert not any(master in said for master in crypto.ring().masters)


def test_numbers_and_gate_codes_of_customers_go_over_too(ann, shop):
    customer = db.session.scalars(sa.select(Customer)).first()
    more = Further(pan="AAPFU0939F", drivers_licence="MH12 20110012345")
    profile.update_profile(customer, version=customer.version, by=OPERATOR, further=more)
    home = Address(
        customer_id=customer.id,
        recipient="Ann",
        address_1="1 Main Street",
        country="GB",
        gate_code=sealing.seal("4711"),
    )
    db.session.add(home)
    told(shop, "rotate")
    assert int(told(shop, "rewrap").split()[0]) >= 3
    assert told(shop, "rewrap") == "0 encrypted anew.\n"
    db.session.expire_all()
    assert home.gate_code.split(".")[1] == crypto.identify(crypto.ring().keys("encrypt customer")[0])
    assert further.number_of(customer, "pan") == "AAPFU0939F"
    assert sealing.opened(home.gate_code) == "4711"


def test_what_is_encrypted_goes_over_to_the_newest_key_and_the_broken_rest_is_told(ann, shop):
    account = db.session.scalars(sa.select(Account)).one()
    other = cast.account(cast.BEN)
    db.session.add(Authenticator(account_id=account.id, secret=crypto.encrypt("totp", "JBSWY3DPEHPK3PXP")))
    told(shop, "rotate")
    assert told(shop, "rewrap") == "1 encrypted anew.\n"
    assert told(shop, "rewrap") == "0 encrypted anew.\n"
    sealed = db.session.scalars(sa.select(Authenticator.secret)).one()
    db.session.add(Authenticator(account_id=other.id, secret="v1.00000000.AAAA"))
    crypto.take(shop, crypto.ring().masters[:1])
    assert crypto.decrypt("totp", sealed) == "JBSWY3DPEHPK3PXP"
    assert "1 can’t be read" in told(shop, "rewrap", code=1)


def test_a_key_that_people_need_is_taken_away_only_by_force(ann, shop):
    told(shop, "rotate")
    newest, old = names()
    said = told(shop, "retire", old, code=1)
    assert "people who would have to set a new password by mail: 1" in said
    assert "people whose security question could not be answered: 1" in said
    assert names() == [newest, old]
    told(shop, "retire", old, "--force")
    assert names() == [newest]
    kept = keyring.kept(keyring.file_of(shop.extensions["portal.settings"]))
    assert [entry.split(".")[0:2] for entry in kept[1:]] == [["past", "audit"], ["past", "ledger"], ["past", "consent"]]


def test_a_key_that_nobody_needs_goes_and_leaves_what_proves_the_past(app, shop, browsers, mailbox):
    ledger.join(browsers(), mailbox)
    told(shop, "rotate")
    going = names()[1]
    audit, sessions = crypto.ring().keys("audit")[1], crypto.ring().keys("session")[1]
    told(shop, "retire", going)
    assert going not in names()
    assert audit in crypto.ring().keys("audit")
    assert sessions not in crypto.ring().keys("session")
    assert len(consents.history_of(ledger.ZOE)) == 3
    told(shop, "rotate")  # what is left stays behind every key to come
    assert crypto.ring().keys("audit")[-1] == audit
    assert "(past)" in told(shop, "status")


def test_the_newest_key_and_one_that_is_not_there_are_never_taken_away(shop):
    told(shop, "rotate")
    assert "the newest" in told(shop, "retire", names()[0], "--force", code=1)
    assert "no key 00000000" in told(shop, "retire", "00000000", "--force", code=1)
    assert len(names()) == 2


def test_two_processes_that_begin_together_find_one_key(tmp_path, monkeypatch):
    path = tmp_path / "keys"
    write = keyring._write_beside

    def meanwhile(at, masters):
        fresh = write(at, masters)
        if not path.exists():
            write(tmp_path / "other", ("the key of the other process",)).rename(path)
        return fresh

    monkeypatch.setattr(keyring, "_write_beside", meanwhile)
    assert keyring.kept(path) == ("the key of the other process",)


def test_a_file_without_a_key_stops_the_start_instead_of_locking_everybody_out(tmp_path):
    (tmp_path / "keys").write_text("\n")
    with pytest.raises(ConfigurationError, match="holds no key"):
        create_app(Settings(env="testing", instance=tmp_path))


def test_the_age_of_a_key_stands_in_it(clock):
    made = keyring.make()
    clock.shift(timedelta(days=90))
    assert (now() - keyring.born(made)).days == 90
    assert keyring.born("k" * 40) is None
    assert keyring.born("99999999T999999Z-abc") is None
