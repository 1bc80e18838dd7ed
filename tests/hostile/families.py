"""The families of attacks, how many attempts each needs at least, and which tests belong to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """One kind of attack.

    Args:
        number: its place in the list of security.md.
        name: what the tests call it when they count.
        floor: the fewest attempts that are enough.
        files: its tests, from the root; a case of a test that counts nothing itself is one attempt.
        absent: why there is nothing to attack, or not all of it.
    """

    number: int
    name: str
    floor: int
    files: tuple[str, ...] = ()
    absent: str = ""


def _in(room: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{room}/test_{name}.py" for name in names)


FAMILIES = (
    Family(1, "enumeration", 216, (*_in("hostile", "enumeration"), *_in("accounts", "enumeration"))),
    Family(2, "processor time", 18, _in("hostile", "processor_time")),
    Family(3, "throttling", 30, _in("accounts", "throttling", "unlocking", "new_devices")),
    Family(4, "passwords", 45, (*_in("foundation", "hashing", "gate"), *_in("accounts", "passwords", "breaches"))),
    Family(5, "sessions", 40, (*_in("hostile", "sessions"), *_in("accounts", "sessions", "half_way"))),
    Family(6, "forged forms", 300, (*_in("hostile", "forged_forms"), "tests/test_csrf.py")),
    Family(7, "looking", 90, _in("hostile", "looking")),
    Family(8, "redirects", 320, _in("hostile", "redirects")),
    Family(9, "host header", 36, _in("hostile", "host_header")),
    Family(10, "mailed links", 60, (*_in("hostile", "tokens"), *_in("foundation", "tokens"))),
    Family(
        11,
        "security question",
        35,
        (
            *_in("accounts", "security_question", "choosing_an_answer", "recovery", "cooling_off"),
            *_in("backoffice", "identity", "identity_attacks", "lost_factors"),
        ),
    ),
    Family(
        12,
        "change of address",
        25,
        (*_in("accounts", "email_change*", "email_undo", "pre_hijacking", "lookalikes"), *_in("backoffice", "moving")),
    ),
    Family(
        13,
        "second factors",
        50,
        (
            *_in("accounts", "second_step", "factors", "passkey*", "where_passkeys_work", "recovery_with_factor"),
            *_in("accounts", "confirming", "support_pin"),
            *_in("backoffice", "second_step"),
        ),
    ),
    Family(14, "codes by SMS", 25, absent="no such route yet"),
    Family(15, "rights", 1200, (*_in("hostile", "rights", "offers"), *_in("backoffice", "permissions", "scope"))),
    Family(16, "records of others", 240, _in("hostile", "records_of_others")),
    Family(17, "planted columns", 1500, _in("hostile", "planted_columns", "planted_in_json")),
    Family(18, "injection", 900, _in("hostile", "injection")),
    Family(
        19,
        "files for spreadsheets",
        200,
        (*_in("foundation", "csvfile"), *_in("transfers", "exporting", "everything")),
    ),
    Family(20, "uploads", 50, (*_in("hostile", "uploads", "imports"), *_in("customers", "answer_files"))),
    Family(21, "headers", 100, _in("hostile", "headers", "ambiguous_requests")),
    Family(22, "audit chain", 30, (*_in("hostile", "audit_chain", "consent_chain", "logs"), *_in("audit", "chain"))),
    Family(23, "configuration", 8, _in("hostile", "configuration")),
    Family(24, "keys", 21, _in("hostile", "keys")),
    Family(25, "races", 12, (*_in("hostile", "races"), *_in("storefront", "at_the_same_moment"))),
    Family(26, "the programming interface", 0, absent="no such route yet"),
)
