"""Campaigns over lines that are encrypted and signed in: to a server that proves who it is, and to no other."""

import ssl
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.foundation.clock import now
from portal.newsletter.models import CampaignState, DeliveryState
from portal.newsletter.sending import pace, watch
from tests.newsletter.campaigns import campaign, launched, send, states, subscribe
from tests.smtp import smtp_server

pytestmark = pytest.mark.real
NAME, PASSWORD = "shop", "let the mails through"


@pytest.fixture
def certificate(tmp_path):
    """A file with the key and the certificate of localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now() - timedelta(days=400)).not_valid_after(now() + timedelta(days=40000))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    plain = serialization.NoEncryption()
    own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = tmp_path / "localhost.pem"
    file.write_bytes(own + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def server(certificate):
    """A mail server that takes mails only over TLS and from whom it knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def knows(_server, _session, _envelope, _mechanism, given):
        is_right = (given.login, given.password) == (NAME.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)  # aiosmtpd says so

    demands = {"tls_context": context, "require_starttls": True, "authenticator": knows, "auth_required": True}
    with smtp_server(**demands) as running:
        yield running


@pytest.fixture
def goes_out(app, server, shop_wants, monkeypatch):
    """Have a campaign for three people go out to the server, signed in with a password."""
    monkeypatch.setattr(watch, "OUTAGE", 0.0)  # seconds until a server that can't be talked to is a reason to stop
    monkeypatch.setattr(pace, "LONGEST", 0.01)

    def send_all(password=PASSWORD, host="localhost"):
        shop_wants(mail_username=NAME, mail_password=password, mail_use_tls=True)
        subscribe(3)
        launched()
        send(app, server, connections=1, host=host)

    return send_all


def test_a_campaign_goes_over_an_encrypted_line_signed_in(goes_out, server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    goes_out()
    assert len(server.taken) == 3  # it takes nothing else
    assert states() == {DeliveryState.ACCEPTED: 3}


def test_a_server_that_nobody_vouches_for_gets_no_word(goes_out, server):
    goes_out()
    assert server.taken == []
    assert states() == {DeliveryState.QUEUED: 3}
    assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSED, "relay_certificate")


def test_a_certificate_in_another_name_gets_no_word_either(goes_out, server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    goes_out(host="127.0.0.1")
    assert server.taken == []
    assert states() == {DeliveryState.QUEUED: 3}
    assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSED, "relay_certificate")


def test_a_wrong_password_pauses_the_campaign_and_loses_nobody(goes_out, server, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    goes_out(password="forgotten")
    assert server.taken == []
    assert states() == {DeliveryState.QUEUED: 3}
    assert (campaign().state, campaign().pause_reason) == (CampaignState.PAUSED, "relay_auth")
