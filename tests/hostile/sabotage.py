"""Defects of one line, each with the tests that must turn red; `make hostile` tries them one after the other.

A defect is a line of the portal as it is, and as somebody might write it by mistake. Where the line was changed for a
good reason, change it here, too: the suite says so (see test_sabotage).
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Defect:
    """One mistake.

    Args:
        name: what was forgotten or done wrong, in words.
        file: where, from the root.
        right: the text as it is; it stands there once.
        wrong: the text with the mistake.
        tests: files or tests, from `tests/`, of which one must fail.
    """

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        """The name by which the spoiled file is imported."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def spoil(self, source: str) -> str:
        """The source with the mistake.

        Raises:
            ValueError: the line is no longer there, or there more than once.
        """
        if source.count(self.right) != 1:
            raise ValueError(f"{self.name}: {self.file} has {source.count(self.right)} times {self.right!r}")
        return source.replace(self.right, self.wrong)

    def source(self) -> str:
        """The file as it is."""
        return (ROOT / self.file).read_text(encoding="utf-8")


def _named(*defects: Defect) -> dict[str, Defect]:
    return {defect.name: defect for defect in defects}


SERVICE = "portal/accounts/service"
FOUNDATION = "portal/foundation"
SAME_WORK = ("accounts/test_enumeration.py::test_every_address_gets_the_same_answer_for_the_same_work",)

DEFECTS = _named(
    # Nobody learns who is known.
    Defect(
        "leave out the hash where there is nothing to compare",
        f"{FOUNDATION}/hashing.py",
        "        _gate().submit(bcrypt.hashpw, _prepare(_pepper(kind), text), bcrypt.gensalt(cost)).result()\n",
        "",
        SAME_WORK,
    ),
    Defect(
        "count only tries at known addresses",
        f"{SERVICE}/signing_in.py",
        "attempt = tries.begin(realm, email, visitor, found.device_id)",
        "attempt = tries.begin(realm, email if stored else str(id(found)), visitor, found.device_id)",
        ("accounts/test_enumeration.py::test_twenty_tries_on_a_known_and_an_unknown_address_hear_the_same",),
    ),
    Defect(
        "look for waiting registrations only where there is no account",
        f"{SERVICE}/signing_in.py",
        "if realm is Realm.CUSTOMER else []",
        "if realm is Realm.CUSTOMER and account is None else []",
        SAME_WORK,
    ),
    Defect(
        "tell that an account is disabled before its password is right",
        f"{SERVICE}/signing_in.py",
        "    with hashing.reserved():",
        "    if found.account is not None and not found.account.is_enabled:\n"
        "        return Outcome(Door.DISABLED, account=found.account)\n"
        "    with hashing.reserved():",
        SAME_WORK,
    ),
    # Throttling.
    Defect(
        "trust a known browser for every account",
        f"{SERVICE}/devices.py",
        "Device.account_id == account_id, Device.digest.in_(digests)",
        "Device.digest.in_(digests)",
        ("accounts/test_throttling.py::test_a_known_browser_is_known_for_its_own_account_alone",),
    ),
    Defect(
        "trust a known browser however often it is wrong",
        f"{SERVICE}/tries.py",
        "        devices.revoke(device_id)\n",
        "",
        ("accounts/test_throttling.py::test_a_known_browser_that_is_wrong_too_often_is_known_no_longer",),
    ),
    Defect(
        "let everybody in when tries cannot be counted",
        f"{FOUNDATION}/throttle.py",
        '        raise Busy(_("This isn’t possible right now. Try again in a minute.")) from error\n',
        "        return\n",
        ("accounts/test_throttling.py::test_what_cannot_be_counted_is_refused_and_pages_are_still_read",),
    ),
    Defect(
        "count one network address, not the household",
        f"{FOUNDATION}/throttle.py",
        "return str(mapped or ipaddress.ip_network((found, 64), strict=False))",
        "return str(mapped or found)",
        ("foundation/test_throttle.py::test_an_address_counts_as_the_household_that_it_belongs_to",),
    ),
    # Passwords.
    Defect(
        "drop the normal form of letters",
        f"{FOUNDATION}/hashing.py",
        'unicodedata.normalize("NFKC", text).encode(errors="surrogatepass")',
        'text.encode(errors="surrogatepass")',
        ("foundation/test_hashing.py::test_two_ways_to_type_the_same_letters_are_one_password",),
    ),
    Defect(
        "use one pepper for passwords and answers",
        f"{FOUNDATION}/hashing.py",
        'return f"pepper {kind}"',
        'return "pepper"',
        ("foundation/test_hashing.py::test_an_answer_does_not_open_what_a_password_locked",),
    ),
    Defect(
        "cut what was typed at 72 bytes",
        f"{FOUNDATION}/hashing.py",
        "    return base64.b64encode(hmac.new(pepper, plain, hashlib.sha384).digest())",
        "    return plain[:72].replace(b'\\0', b'')",
        ("foundation/test_hashing.py::test_two_passwords_alike_in_their_first_72_bytes_do_not_open_each_other",),
    ),
    Defect(
        "let any number of hashes wait",
        f"{FOUNDATION}/gate.py",
        "            if places <= self._left:\n",
        "            if places:\n",
        ("foundation/test_gate.py",),
    ),
    Defect(
        "never replace an outdated hash",
        f"{FOUNDATION}/hashing.py",
        'or int(form["cost"]) != settings().bcrypt_cost',
        "",
        ("foundation/test_hashing.py::test_a_hash_of_another_cost_is_made_anew",),
    ),
    # Sessions.
    Defect(
        "forget the epoch",
        f"{SERVICE}/sessions.py",
        "        and row.epoch == row.account.epoch\n",
        "",
        ("hostile/test_sessions.py::test_a_copied_cookie_opens_nothing_after",),
    ),
    Defect(
        "let a disabled account go on",
        f"{SERVICE}/sessions.py",
        "        and row.account.is_enabled\n",
        "",
        ("accounts/test_sessions.py::test_a_saved_cookie_opens_nothing_after",),
    ),
    Defect(
        "ignore how long a session was unused",
        f"{SERVICE}/sessions.py",
        "        and moment - row.seen_at < timedelta(seconds=row.idle_seconds)\n",
        "",
        ("hostile/test_sessions.py::test_a_session_ends_unused_and_in_the_end_even_in_use",),
    ),
    Defect(
        "ignore when a session ends at the latest",
        f"{SERVICE}/sessions.py",
        "        and moment < row.expires_at\n",
        "",
        ("hostile/test_sessions.py::test_a_session_ends_unused_and_in_the_end_even_in_use",),
    ),
    Defect(
        "let half a way in open pages",
        "portal/accounts/guards/entrance.py",
        " or row.kind not in SIGNED_IN",
        "",
        ("hostile/test_sessions.py::test_half_a_way_in_opens_no_page",),
    ),
    Defect(
        "let a handle of one realm open the other",
        "portal/accounts/guards/entrance.py",
        "row.account.realm is not realm or ",
        "",
        ("accounts/test_sessions.py::test_the_realms_never_open_each_other",),
    ),
    Defect(
        "keep the planted session and its secret at sign-in",
        "portal/accounts/guards/entrance.py",
        "    session.clear()\n",
        "",
        ("hostile/test_sessions.py::test_what_was_planted_in_a_browser_before_the_sign_in_is_worth_nothing_after",),
    ),
    Defect(
        "leave sessions open when the password is changed",
        f"{SERVICE}/passwords.py",
        "        devices.sign_out_others(account, kept)\n",
        "        pass\n",
        ("hostile/test_sessions.py::test_a_copied_cookie_opens_nothing_after",),
    ),
    Defect(
        "let any owner end a session by its number",
        f"{SERVICE}/sessions.py",
        " or row.account_id != account.id",
        "",
        ("accounts/test_sessions.py::test_nobody_ends_a_session_of_somebody_else",),
    ),
    # Rights.
    Defect(
        "let an applicant in as a customer",
        "portal/accounts/guards/entrance.py",
        '        if row.kind is SessionKind.APPLICANT:\n            return redirect(url_for("waiting.show"), 303)\n',
        "",
        ("hostile/test_rights.py::test_a_door_opens_for_its_right_and_for_nothing_else",),
    ),
    Defect(
        "ask staff for no right",
        "portal/staff/guards.py",
        "if permission is not None and not may(permission):",
        "if False:",
        ("hostile/test_rights.py::test_a_door_opens_for_its_right_and_for_nothing_else",),
    ),
    Defect(
        "show an address to whoever knows its number",
        "portal/customers/service/addresses.py",
        " or address.customer_id != customer.id",
        "",
        ("hostile/test_records_of_others.py",),
    ),
    # Forms.
    Defect(
        "take forms of other sites",
        f"{FOUNDATION}/web.py",
        'if g.get("csrf_valid") and _is_from_elsewhere():',
        "if False:",
        ("test_csrf.py::test_a_form_that_another_site_sends_is_refused_even_with_its_secret",),
    ),
    Defect(
        "let sign-in go without the secret of its form",
        "portal/accounts/views/signing_in.py",
        '@signing_in.post("/sign-in")\n',
        '@signing_in.post("/sign-in")\n@__import__("portal.foundation.web", fromlist=["csrf"]).csrf.exempt\n',
        ("test_csrf.py::test_only_machines_are_let_off",),
    ),
    Defect(
        "take the key of a form twice",
        f"{FOUNDATION}/form_keys.py",
        "crypto.digest(key or make())",
        "crypto.digest(make())",
        ("foundation/test_transactions.py", "hostile/test_races.py"),
    ),
    Defect(
        "let a page write when it is opened",
        f"{FOUNDATION}/web.py",
        "        database.read_only()\n",
        "        pass\n",
        ("test_web.py::test_a_get_that_writes_by_mistake_is_stopped",),
    ),
    Defect(
        "send the cookie of the session to scripts",
        f"{FOUNDATION}/headers.py",
        "SESSION_COOKIE_HTTPONLY=True",
        "SESSION_COOKIE_HTTPONLY=False",
        ("test_web.py::test_cookies_are_for_this_host_alone_over_https",),
    ),
    Defect(
        "send no content security policy",
        f"{FOUNDATION}/headers.py",
        '    "Content-Security-Policy": POLICY,\n',
        "",
        ("test_web.py::test_every_response_carries_the_security_headers",),
    ),
    Defect(
        "lead to another host after signing in",
        f"{FOUNDATION}/redirects.py",
        "if parts.scheme or parts.netloc or not _is_plain(path):",
        "if False:",
        ("accounts/test_signing_in.py",),
    ),
    # Mailed links.
    Defect(
        "redeem a link without asking whether it was used",
        f"{FOUNDATION}/tokens.py",
        "sa.update(ActionToken).where(ActionToken.id == row.id, ActionToken.used_at.is_(None)).values(used_at=now())",
        "sa.update(ActionToken).where(ActionToken.id == row.id).values(used_at=now())",
        ("foundation/test_tokens.py",),
    ),
    Defect(
        "take a link of one purpose for another",
        f"{FOUNDATION}/tokens.py",
        "row is None or row.purpose != purpose.name:",
        "row is None:",
        ("foundation/test_tokens.py::test_a_link_serves_one_purpose",),
    ),
    Defect(
        "take a link that has run out",
        f"{FOUNDATION}/tokens.py",
        "if row.expires_at <= now():",
        "if False:",
        ("foundation/test_tokens.py::test_a_link_runs_out_to_the_second",),
    ),
    # The security question.
    Defect(
        "take a password before the answer",
        f"{SERVICE}/recovery.py",
        "    if recovery.question is not None:\n        raise NotAllowed",
        "    if False:\n        raise NotAllowed",
        ("accounts/test_recovery.py::test_the_verb_itself_takes_no_password_before_the_answer",),
    ),
    Defect(
        "count no answers",
        f"{SERVICE}/recovery.py",
        "throttle.count((PER_LINK, recovery.token), (PER_DAY, str(recovery.account.id)))[PER_LINK]",
        "1",
        (
            "accounts/test_recovery.py::test_five_wrong_answers_end_the_link_and_tell_the_owner_and_nothing_else_happens",
        ),
    ),
    Defect(
        "drop the vowels of Indian answers",
        "portal/accounts/rules/answers.py",
        'KEPT = ("L", "N", "M")',
        'KEPT = ("L", "N")',
        ("accounts/test_rules.py",),
    ),
    Defect(
        "open without the answer before the day is over",
        f"{SERVICE}/cooling_off.py",
        "due_at=now() + WAIT",
        "due_at=now()",
        ("accounts/test_cooling_off.py",),
    ),
    # Second factors and step-up.
    Defect(
        "let the right password in where a second factor is asked",
        f"{SERVICE}/signing_in.py",
        "if factors.asked_of(account):",
        "if False:",
        ("accounts/test_second_step.py::test_the_code_of_the_app_lets_in_and_the_session_says_how",),
    ),
    Defect(
        "skip the second factor on a known browser",
        f"{SERVICE}/signing_in.py",
        "if factors.asked_of(account):",
        "if factors.asked_of(account) and not visitor.devices:",
        ("accounts/test_second_step.py",),
    ),
    Defect(
        "take a code of the app again",
        f"{SERVICE}/totp.py",
        "Authenticator.last_step < step",
        "Authenticator.last_step <= step",
        ("accounts/test_second_step.py::test_a_code_that_was_used_is_never_taken_again",),
    ),
    Defect(
        "take a recovery code again",
        f"{SERVICE}/recovery_codes.py",
        "RecoveryCode.digest.in_(digests), RecoveryCode.used_at.is_(None))\n        .values",
        "RecoveryCode.digest.in_(digests))\n        .values",
        ("hostile/test_races.py",),
    ),
    Defect(
        "never ask who is at the keyboard",
        "portal/accounts/guards/fresh.py",
        "return now() - row.authenticated_at < FRESH",
        "return True",
        ("accounts/test_support_pin.py",),
    ),
    # Change of address.
    Defect(
        "undo a change of address for whoever has any link of it",
        f"{SERVICE}/email_undo.py",
        "change, account = held(UNDO_CHANGE, token)",
        "change, account = held(STOP_CHANGE, token)",
        ("accounts/test_email_change.py",),
    ),
    # Keys and audit.
    Defect(
        "read with the newest key alone",
        f"{FOUNDATION}/crypto.py",
        "return [_mac(key, text.encode()).hex() for key in ring().keys(purpose)]",
        "return [_mac(key, text.encode()).hex() for key in ring().keys(purpose)[:1]]",
        ("hostile/test_keys.py",),
    ),
    Defect(
        "chain the audit log without the link before",
        "portal/audit/chain.py",
        "json.dumps([before, position, *said]",
        "json.dumps([position, *said]",
        ("hostile/test_audit_chain.py",),
    ),
    Defect(
        "write nothing down when a customer is disabled",
        "portal/customers/service/status.py",
        '    record("customer.disabled", subject(customer), by=by, changes=changes(before, customer), reason=reason)\n',
        "",
        ("customers/test_profile.py",),
    ),
)
