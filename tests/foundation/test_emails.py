"""E-mail addresses: what counts as one, and which spellings are the same mailbox."""

import pytest

from portal.foundation import emails

NOT_ADDRESSES = [
    "",
    "ann",
    "ann@",
    "@demo.example",
    "ann@demo",
    "a b@demo.example",
    "ann@demo.example\nBcc: x@y.example",
    "a" * 300 + "@b.example",
    "ann@[127.0.0.1]",
    "\0@demo.example",
]


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address_is_refused(text):
    assert emails.read(text) is None


def test_case_does_not_make_another_mailbox():
    assert emails.key("Ann@Demo.Example") == emails.key("ann@demo.example")


def test_the_two_spellings_of_an_international_domain_are_one():
    assert emails.key("x@bücher.example") == emails.key("x@xn--bcher-kva.example")


@pytest.mark.parametrize(
    "other", ["ann@demo.example.evil.example", "ann+1@demo.example", "аnn@demo.example", "ａnn@demo.example"]
)
def test_a_look_alike_is_somebody_else(other):
    assert emails.key(other) != emails.key("ann@demo.example")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@straße.example", "ann@strasse.example"),
        ("ann@βόλος.example", "ann@βόλοσ.example"),
        ("straße@demo.example", "strasse@demo.example"),
        ("ﬁona@demo.example", "fiona@demo.example"),
    ],
)
def test_what_only_folding_makes_alike_are_two_mailboxes(one, other):
    assert emails.read(one)
    assert emails.read(other)
    assert emails.key(one) != emails.key(other)


def test_a_domain_without_end_is_nobodys():
    assert emails.key("ann@" + "ä." * 100_000).endswith("ä.")
