"""DKIM: real campaign mails, checked by a program that others wrote."""

import base64

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from portal.newsletter.models import CampaignState, DeliveryState
from portal.newsletter.sending.dkim import KeyUnfit, Signer
from tests.newsletter.campaigns import campaign, launched, send, states, subscribe
from tests.newsletter.sink import sink

pytestmark = pytest.mark.real

SIGNED = {"from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post"}


def pem(key):
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())


def record(key):
    """What stands in DNS."""
    public = key.public_key()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request):
    if request.param == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate()


def test_a_campaign_is_signed_over_every_header_that_counts(app, key, shop_wants, tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(pem(key))
    shop_wants(dkim_key=str(path), dkim_domain="demo.example", dkim_selector="s1")
    subscribe(2)
    launched()
    with sink() as server:
        send(app, server, connections=1)
    asked = []

    def dns(name, timeout=5):
        del timeout
        asked.append(name)
        return record(key)

    for raw in server.raw:
        assert dkimpy.verify(raw, dnsfunc=dns)
        assert not dkimpy.verify(raw.replace(b"Lamps are here", b"Lamps are hers"), dnsfunc=dns)
        assert not dkimpy.verify(raw.replace(b"/u/", b"/v/", 1), dnsfunc=dns)
        assert not dkimpy.verify(b"From: Mallory <m@demo.example>\r\n" + raw, dnsfunc=dns)
    assert set(asked) == {b"s1._domainkey.demo.example."}
    signature = server.mails[0]["DKIM-Signature"]
    names = "".join(signature.partition("h=")[2].partition(";")[0].split()).lower().split(":")
    assert set(names) >= SIGNED | {"feedback-id", "mime-version", "content-type"}


def test_a_key_that_is_none_pauses_the_campaign_before_anybody_is_written_to(app, shop_wants, tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(b"no key")
    shop_wants(dkim_key=str(path), dkim_domain="demo.example", dkim_selector="s1")
    subscribe(2)
    launched()
    with sink() as server:
        send(app, server, connections=1)
    assert states() == {DeliveryState.QUEUED: 2}
    stopped = campaign()
    assert (stopped.state, stopped.pause_reason) == (CampaignState.PAUSED, "message")


def test_a_short_key_is_refused():
    with pytest.raises(KeyUnfit, match="2,048 bits"):
        Signer("demo.example", "s1", pem(rsa.generate_private_key(65537, 1024)))  # noqa: S505 - the one to refuse
