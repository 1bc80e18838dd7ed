"""The families of attacks, how many attempts each needs at least, and which tests belong to it."""

from dataclasses import dataclass

HERE = "tests/hostile"
ACCOUNTS = "tests/accounts"


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


FAMILIES = (
    Family(1, "enumeration", 216, (f"{HERE}/test_enumeration.py", f"{ACCOUNTS}/test_enumeration.py")),
    Family(2, "processor time", 18, (f"{HERE}/test_processor_time.py",)),
    Family(3, "throttling", 30, (f"{ACCOUNTS}/test_throttling*.py", f"{ACCOUNTS}/test_unlocking*.py")),
    Family(
        4,
        "passwords",
        45,
        ("tests/foundation/test_hashing.py", "tests/foundation/test_gate.py", f"{ACCOUNTS}/test_*password*.py"),
    ),
    Family(5, "sessions", 40, (f"{HERE}/test_sessions.py", f"{ACCOUNTS}/test_sessions.py")),
    Family(6, "forged forms", 300, (f"{HERE}/test_forged_forms.py", "tests/test_csrf.py")),
    Family(7, "looking", 90, (f"{HERE}/test_looking.py",)),
    Family(8, "redirects", 320, (f"{HERE}/test_redirects.py",)),
    Family(9, "host header", 36, (f"{HERE}/test_host_header.py",)),
    Family(10, "mailed links", 60, (f"{HERE}/test_tokens.py", "tests/foundation/test_tokens.py")),
    Family(
        11,
        "security question",
        35,
        (
            f"{ACCOUNTS}/test_security_question.py",
            f"{ACCOUNTS}/test_choosing_an_answer.py",
            f"{ACCOUNTS}/test_recovery.py",
            f"{ACCOUNTS}/test_cooling_off.py",
        ),
    ),
    Family(
        12,
        "change of address",
        25,
        tuple(f"{ACCOUNTS}/test_{name}*.py" for name in ("email_change", "email_undo", "pre_hijacking", "lookalikes")),
    ),
    Family(
        13,
        "second factors",
        50,
        tuple(
            f"{ACCOUNTS}/test_{name}*.py"
            for name in (
                "second_step",
                "second_factor",
                "totp",
                "passkey",
                "recovery_code",
                "confirming",
                "factors",
                "support_pin",
            )
        ),
    ),
    Family(14, "codes by SMS", 25, absent="no such route yet"),
    Family(15, "rights", 1200, (f"{HERE}/test_rights.py", "tests/backoffice/test_permissions.py")),
    Family(16, "records of others", 240, (f"{HERE}/test_records_of_others.py",)),
    Family(17, "planted columns", 1500, (f"{HERE}/test_planted_columns.py",)),
    Family(18, "injection", 900, (f"{HERE}/test_injection.py",)),
    Family(19, "files for spreadsheets", 200, ("tests/foundation/test_csvfile.py",), absent="one export so far"),
    Family(20, "uploads", 20, absent="no such route yet"),
    Family(21, "headers", 100, (f"{HERE}/test_headers.py",)),
    Family(22, "audit chain", 30, (f"{HERE}/test_audit_chain.py", f"{HERE}/test_logs.py")),
    Family(23, "configuration", 8, (f"{HERE}/test_configuration.py",)),
    Family(24, "keys", 21, (f"{HERE}/test_keys.py",)),
    Family(25, "races", 12, (f"{HERE}/test_races.py",)),
    Family(26, "the programming interface", 0, absent="no such route yet"),
)
