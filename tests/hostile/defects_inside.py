"""Mistakes about rights, forms, second factors, mails, keys and the audit log."""

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
        "have anybody allow selling on credit",
        "portal/customers/service/further.py",
        " and not may_set_credit:",
        " and not row:",
        ("customers/test_further.py",),
    ),
    Defect(
        "keep a tax number as it was typed",
        "portal/customers/service/sealing.py",
        "return crypto.encrypt(PURPOSE, text) if text else None",
        "return text or None",
        ("customers/test_further.py",),
    ),
    Defect(
        "show a masked number without a word in the audit log",
        "portal/backoffice/customers/revealing.py",
        'record("customer.revealed", subject(customer), ',
        'dict(verb="customer.revealed", subject=subject(customer), ',
        ("backoffice/test_records.py",),
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
        ("test_csrf.py::test_only_machines_and_the_form_of_storefronts_are_let_off",),
    ),
    Defect(
        "take the key of a form twice",
        f"{FOUNDATION}/form_keys.py",
        "crypto.digest(key or make())",
        "crypto.digest(make())",
        ("foundation/test_transactions.py", "hostile/test_races.py"),
    ),
    Defect(
        "keep the form of somebody who is known for everybody",
        f"{FOUNDATION}/strangers.py",
        "if not session.keys() <= {token, *besides}:",
        "if False:",
        ("foundation/test_strangers.py::test_who_is_to_be_told_something_is_told_it_on_a_page_of_their_own",),
    ),
    Defect(
        "hand out one secret of forms to all strangers",
        f"{FOUNDATION}/strangers.py",
        "kept.replace(TOKEN, generate_csrf())",
        "kept",
        ("foundation/test_strangers.py::test_every_browser_gets_secrets_of_its_own_and_its_form_is_taken",),
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
    # Second factors and step-up.
    Defect(
        "let the right password in where a second factor is asked",
        f"{SERVICE}/signing_in.py",
        "if account.has_factor:",
        "if False:",
        ("accounts/test_second_step.py::test_the_code_of_the_app_lets_in_and_the_session_says_how",),
    ),
    Defect(
        "skip the second factor on a known browser",
        f"{SERVICE}/signing_in.py",
        "if account.has_factor:",
        "if account.has_factor and not visitor.devices:",
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
    # Passkeys.
    Defect(
        "take a passkey that another page asked for",
        f"{SERVICE}/attestations.py",
        "expected_origin=party.origin,\n            credential_public_key",
        'expected_origin=rules.client_data_of(answer).get("origin"),\n            credential_public_key',
        ("accounts/test_passkey_attacks.py::test_a_lie_is_refused",),
    ),
    Defect(
        "keep a passkey that was made on another page",
        f"{SERVICE}/attestations.py",
        "expected_origin=party.origin,\n            require_user_verification=verified,\n        )\n        # A key",
        'expected_origin=rules.client_data_of(answer).get("origin"),\n'
        "            require_user_verification=verified,\n        )\n        # A key",
        ("accounts/test_passkeys_made_wrongly.py",),
    ),
    Defect(
        "ask for passkeys in the name of any host",
        "portal/accounts/rules/passkeys.py",
        "if own.hostname == name and not",
        "if not",
        ("accounts/test_where_passkeys_work.py::test_who_asks_for_a_passkey",),
    ),
    Defect(
        "let a challenge serve every browser",
        f"{SERVICE}/ceremonies.py",
        "            Ceremony.browser_digest == crypto.digest(place.browser),\n",
        "",
        ("accounts/test_passkey_attacks.py::test_a_challenge_serves_only_the_browser_that_asked",),
    ),
    # Mails.
    Defect(
        "go on with a mail that another worker has claimed",
        "portal/mail/service/delivery.py",
        '_rows.c.id == sa.bindparam("mine"), _rows.c.tries == sa.bindparam("claimed"))\n',
        '_rows.c.id == sa.bindparam("mine"), _rows.c.tries >= sa.bindparam("claimed"))\n',
        ("mail/test_delivery.py::test_a_worker_that_was_overtaken_does_nothing",),
    ),
    Defect(
        "lead mails to the host that a request names",
        "portal/mail/service/posting.py",
        '    return settings().base_url.rstrip("/") + path\n',
        '    flask = __import__("flask")\n'
        "    own = flask.request.host_url if flask.has_request_context() else settings().base_url\n"
        '    return own.rstrip("/") + path\n',
        ("hostile/test_host_header.py::test_a_link_is_made_of_the_settings_whatever_a_request_says",),
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
        "let two acts take one place in the chain",
        "portal/audit/chain.py",
        "session.execute(HEAD.with_for_update()).one()\n    entries",
        "session.execute(HEAD).one()\n    entries",
        ("audit/test_chain.py::test_eight_at_once_make_one_chain_without_a_gap",),
        database="postgresql",
    ),
    Defect(
        "write nothing down when a customer is disabled",
        "portal/customers/service/status.py",
        '    record("customer.disabled", subject(customer), by=by, changes=changes(before, customer), reason=reason)\n',
        "",
        ("customers/test_profile.py",),
    ),
)
