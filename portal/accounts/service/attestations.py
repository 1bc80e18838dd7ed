"""What a browser says of a passkey, verified by py_webauthn."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from portal.accounts.rules import passkeys as rules
from portal.accounts.rules.passkeys import RelyingParty

FORMATS = ("none", "packed")  # asked for is none, some devices sign their own; no certificate of a stranger is read
LONGEST_ID = 1400  # characters: 1023 bytes, as the standard has it, and some to spare
TRANSPORTS = ("usb", "nfc", "ble", "hybrid", "internal", "smart-card", "cable")


class Refused(Exception):
    """An answer is not what it should be; the message is for tests and logs, never for the sender."""


@dataclass(frozen=True)
class Made:
    """A passkey that a browser made."""

    credential: str  # base64url
    public_key: bytes
    sign_count: int
    transports: str


def made(answer: dict[str, Any], challenge: str, party: RelyingParty, *, verified: bool) -> Made:
    """The passkey that a browser made for a challenge.

    Raises:
        Refused: it is not whole, or made for another challenge, page or name, or without the verification demanded.
    """
    _refuse_frames(answer)
    library = _library()
    try:
        _refuse_certificates(library, answer)
        found = library.verify_registration_response(
            credential=answer,
            expected_challenge=rules.to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=verified,
        )
        # A key that cannot be read would be found out only at the first sign-in.
        library.helpers.decoded_public_key_to_cryptography(
            library.helpers.decode_credential_public_key(found.credential_public_key)
        )
    except Exception as error:  # a stranger's bytes run through JSON, CBOR and keys: each fails in its own way
        raise Refused(str(error)) from error
    credential = str(library.helpers.bytes_to_base64url(found.credential_id))
    if len(credential) > LONGEST_ID:
        raise Refused("The id is longer than an id may be.")
    return Made(credential, bytes(found.credential_public_key), int(found.sign_count), _transports(answer))


def signed(answer: dict[str, Any], challenge: str, party: RelyingParty, public_key: bytes, *, verified: bool) -> int:
    """The sign count of an answer that the owner of a public key signed; whether it went up is the caller's business.

    Raises:
        Refused: as `made`, or another key signed it.
    """
    _refuse_frames(answer)
    try:
        found = _library().verify_authentication_response(
            credential=answer,
            expected_challenge=rules.to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=verified,
        )
    except Exception as error:
        raise Refused(str(error)) from error
    return int(found.new_sign_count)


def _refuse_frames(answer: dict[str, Any]) -> None:
    if rules.client_data_of(answer).get("crossOrigin"):
        raise Refused("Asked for inside a page of another origin.")


def _refuse_certificates(library: ModuleType, answer: dict[str, Any]) -> None:
    attested = library.helpers.parse_attestation_object(rules.to_bytes(answer["response"]["attestationObject"]))
    if attested.fmt not in FORMATS or attested.att_stmt.x5c is not None:
        raise Refused("An attestation was not asked for.")


def _transports(answer: dict[str, Any]) -> str:
    told = answer["response"].get("transports")
    return " ".join(name for name in TRANSPORTS if name in told) if isinstance(told, list) else ""


def _library() -> ModuleType:
    import webauthn  # noqa: PLC0415 - takes 7 MB, which a process that never sees a passkey can spare

    return webauthn
