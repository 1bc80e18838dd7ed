"""Mistakes about rights, forms, mailed links, answers, second factors, keys and the audit log."""

from tests.hostile.defect import Defect

SERVICE = "portal/accounts/service"
FOUNDATION = "portal/foundation"

DEFECTS = (
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
        "or not _is_plain(target):\n        return None",
        "or not _is_plain(target):\n        return target",
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
        ("hostile/test_sessions.py::test_a_known_browser_is_still_asked_for_the_second_factor",),
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
