"""What mail servers, providers and people send back: each sample is in the form of the one it is named for."""

from base64 import b32decode, b32encode
from pathlib import Path

import pytest

from portal.foundation import crypto, signing
from portal.newsletter.bounces import identity, parsing, verp
from portal.newsletter.mails import UNSUBSCRIBE
from portal.newsletter.models import EventKind, ReportKind
from portal.newsletter.sending.compiling import MESSAGE, message_word
from portal.newsletter.service import leaving

SAMPLES = Path(__file__).parent / "reports"
HARD, SOFT, POLICY = EventKind.HARD, EventKind.SOFT, EventKind.POLICY
BOUNCES = {
    "postfix-user-unknown": HARD,
    "postfix-domain-gone": HARD,
    "exim-modern": HARD,
    "exim-old": HARD,
    "gmail-no-such-user": HARD,
    "gmail-mailbox-full": SOFT,
    "gmail-unauthenticated": POLICY,
    "exchange-unknown": HARD,
    "exchange-german": SOFT,
    "outlook-blocked": POLICY,
    "sendmail-japanese": HARD,
    "french-forwarded": SOFT,
    "several-recipients": HARD,
    "spam-without-code": POLICY,
    "status-in-base64": HARD,
    "qmail": HARD,
    "yahoo-old": HARD,
    "one-line-mailbox-full": SOFT,
    "signed-address-in-capitals": HARD,
}
OTHERS = {
    "postfix-delayed": ReportKind.DELAY,
    "relayed": ReportKind.REPLY,
    "arf-yahoo": ReportKind.COMPLAINT,
    "arf-redacted": ReportKind.COMPLAINT,
    "arf-fraud": ReportKind.COMPLAINT,
    "arf-opt-out": ReportKind.COMPLAINT,
    "arf-not-spam": ReportKind.REPLY,
    "arf-virus": ReportKind.UNCLEAR,
    "out-of-office": ReportKind.REPLY,
    "abwesend": ReportKind.REPLY,
    "read-receipt": ReportKind.REPLY,
    "human-answer": ReportKind.REPLY,
    "advertisement": ReportKind.UNCLEAR,
}
WHOSE = (31, 4711)


@pytest.fixture
def bounce_domain(shop_wants):
    shop_wants(bounce_domain="bounce.demo.example")


@pytest.fixture
def sample(app, bounce_domain):
    """Call it with the name of a sample for its bytes, about the mail of campaign 31 to subscription 4711."""

    def read(name: str) -> bytes:
        word = verp.address(*WHOSE).partition("@")[0].removeprefix("b+")
        message = f"c{WHOSE[0]}.{message_word(crypto.ring().key(MESSAGE), *WHOSE)}"
        link = signing.sign(UNSUBSCRIBE, 1, WHOSE[1])
        text = (SAMPLES / f"{name}.eml").read_bytes().decode()
        for mark, value in {"word": word, "WORD": word.upper(), "message": message, "link": link}.items():
            text = text.replace(f"{{{mark}}}", value)
        return text.encode()

    return read


def test_there_is_a_claim_about_every_sample():
    assert {file.stem for file in SAMPLES.glob("*.eml")} == set(BOUNCES) | set(OTHERS)


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_is_told_by_what_the_server_said(name):
    found = parsing.read((SAMPLES / f"{name}.eml").read_bytes())
    assert (found.kind, found.trouble) == (ReportKind.BOUNCE, BOUNCES[name]), found.said


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_bounce_is_not_taken_for_one(name):
    assert parsing.read((SAMPLES / f"{name}.eml").read_bytes()).kind is OTHERS[name]


def test_whose_mail_it_was_is_told_by_signed_words_alone(sample):
    names = [*BOUNCES, "arf-yahoo", "arf-redacted", "arf-fraud"]
    found = {name: identity.whose("fbl@bounce.demo.example", sample(name)) for name in names}
    assert found == dict.fromkeys(names, WHOSE)


def test_an_address_with_a_forged_word_is_nobodys(app, bounce_domain):
    made = verp.address(*WHOSE)
    word = made[2:28]
    other = "a" if word[3] != "a" else "b"
    assert verp.read(made) == WHOSE
    assert verp.read(made.upper()) == WHOSE
    assert verp.read(made.replace(word[3], other, 1)) is None
    assert verp.read(made.replace("b+", "x")) is None
    assert len(made.partition("@")[0]) <= 64


def test_no_byte_of_a_bounce_address_can_be_changed(app, bounce_domain):
    made = verp.address(*WHOSE)
    raw = b32decode(made[2:28].upper() + "======")
    for place in range(len(raw)):
        wrong = bytearray(raw)
        wrong[place] ^= 1
        assert verp.read(made.replace(made[2:28], b32encode(wrong).decode().rstrip("=").lower())) is None, place


def test_without_a_bounce_domain_there_are_no_such_addresses(app):
    assert verp.address(*WHOSE) is None


def nested(levels: int) -> bytes:
    """Parts within parts, as deep as somebody likes."""
    return b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels))


REPORT = b'Content-Type: multipart/report; boundary="x"\n\n'
HOSTILE = {
    "empty": b"",
    "nul": b"\0" * 1000,
    "noise": bytes(range(256)) * 400,
    "nested": nested(2000),
    "headers": b"".join(b"X-%d: x\n" % n for n in range(20_000)) + b"\nbody",
    "one long header": b"Subject: " + b"=?utf-8?q?=C3=A4?= " * 12_000 + b"\n\nbody",
    "no such charset": b'Content-Type: text/plain; charset="klingon"\nFrom: postmaster@x.example\n\n550 5.1.1 \xff',
    "broken base64": b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n%%%\xff",
    "broken word": b"Subject: =?utf-8?b?gibberish!?=\nFrom: =?klingon?q?x?=\n\n",
    "endless report": b'Content-Type: multipart/report; boundary="x"\n\n'
    + b"--x\nContent-Type: text/plain\n\nx\n" * 8000,
    "no end": REPORT + b"--x\nContent-Type: message/delivery-status\n\nAction: failed",
    "status without status": b"Content-Type: message/delivery-status\n\n\n\n\n",
    "spaces": b"From: postmaster@x.example\n\n" + b"user " * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_comes_is_read_without_harm(name):
    found = parsing.read(HOSTILE[name])
    assert found.kind in ReportKind
    assert "\0" not in found.said + found.subject


def test_nothing_is_found_where_nothing_is_ours(app, bounce_domain):
    assert [identity.whose("", raw) for raw in HOSTILE.values()] == [None] * len(HOSTILE)


def test_a_mail_full_of_links_and_message_ids_is_not_tried_out_pair_by_pair(app, monkeypatch):
    read: list[str] = []
    tried: list[object] = []
    links = [f"https://shop.example/u/{signing.sign(UNSUBSCRIBE, 1, number)}" for number in range(1, 60)]
    messages = [f"<c{number}.{'a' * 24}@demo.example>" for number in range(1, 1000)]
    reads = leaving.read
    monkeypatch.setattr(leaving, "read", lambda word: read.append(word) or reads(word))
    monkeypatch.setattr(identity, "message_word", lambda *pair: tried.append(pair) or "")
    assert identity.whose("", "\n".join(links * 50 + messages).encode()) is None
    assert (len(read), len(tried)) == (identity.MOST_TOLD, identity.MOST_TOLD**2)
