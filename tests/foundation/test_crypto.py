"""What is encrypted can't be read, changed or moved by whoever holds the database."""

import base64

import pytest

from portal.foundation import crypto
from portal.foundation.crypto import Unreadable

TEXT = "JBSWY3DPEHPK3PXP"


def test_what_was_encrypted_is_read_again_and_never_looks_the_same_twice(app):
    one, other = crypto.encrypt("totp", TEXT), crypto.encrypt("totp", TEXT)
    assert crypto.decrypt("totp", one) == crypto.decrypt("totp", other) == TEXT
    assert one != other
    assert TEXT not in one


def test_a_key_has_256_bits_and_serves_one_purpose(app):
    found = {purpose: crypto.ring().key(purpose) for purpose in ("encrypt totp", "encrypt tax", "pepper password")}
    assert {len(key) for key in found.values()} == {32}
    assert len(set(found.values())) == 3


def test_every_bit_that_is_flipped_is_noticed(app):
    version, key_id, text = crypto.encrypt("totp", TEXT).split(".")
    raw = base64.urlsafe_b64decode(text)
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(Unreadable):
            crypto.decrypt("totp", f"{version}.{key_id}.{base64.urlsafe_b64encode(changed).decode()}")


@pytest.mark.parametrize("spoil", ["v2.{rest}", "", "v1", "v1.00000000.AAAA", "{sealed}.more", "v1.{id}.A", "v1.{id}."])
def test_what_is_not_of_our_making_is_not_read(app, spoil):
    sealed = crypto.encrypt("totp", TEXT)
    spoiled = spoil.format(sealed=sealed, rest=sealed.partition(".")[2], id=sealed.split(".")[1])
    with pytest.raises(Unreadable):
        crypto.decrypt("totp", spoiled)


def test_what_was_sealed_for_one_use_opens_in_no_other(app):
    with pytest.raises(Unreadable):
        crypto.decrypt("tax number", crypto.encrypt("totp", TEXT))
    key = b"k" * 32
    with pytest.raises(Unreadable):
        crypto.unseal(key, crypto.seal(key, TEXT, "entry 1"), "entry 2")
