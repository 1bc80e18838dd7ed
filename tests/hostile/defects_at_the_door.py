"""Mistakes about who is known, how often somebody may try, what a password is worth, and how long a session lasts."""

from tests.hostile.defect import Defect

SERVICE = "portal/accounts/service"
FOUNDATION = "portal/foundation"
SAME_WORK = ("accounts/test_enumeration.py::test_every_address_gets_the_same_answer_for_the_same_work",)

DEFECTS = (
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
        "attempt = tries.begin(realm, email, visitor, device_id)",
        "attempt = tries.begin(realm, email if stored else str(id(found)), visitor, device_id)",
        ("accounts/test_enumeration.py::test_twenty_tries_on_a_known_and_an_unknown_address_hear_the_same",),
    ),
    Defect(
        "look for waiting registrations only where there is no account",
        f"{SERVICE}/signing_in.py",
        "            found = queries.behind(realm, email)\n",
        "            found = queries.behind(realm, email)\n"
        "            _waiting = found.account_id or queries.waiting_registrations(email)\n",
        SAME_WORK,
    ),
    Defect(
        "tell that an account is disabled before its password is right",
        f"{SERVICE}/signing_in.py",
        "            device_id = devices.known(",
        "            if found.account_id and not queries.at_the_door(found.account_id).is_enabled:\n"
        "                return Outcome(Door.DISABLED)\n"
        "            device_id = devices.known(",
        SAME_WORK,
    ),
    # Throttling.
    Defect(
        "trust a known browser for every account",
        f"{SERVICE}/devices.py",
        '    _rows.c.account_id == sa.bindparam("owner"),\n    _rows.c.digest.in_',
        '    _rows.c.account_id + 0 * sa.bindparam("owner") > 0,\n    _rows.c.digest.in_',
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
        "        and was_used_lately(row.seen_at, row.idle_seconds, moment)\n",
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
        "let the session of one realm open the other",
        "portal/accounts/guards/entrance.py",
        " or row.account.realm is not realm or",
        " or",
        ("hostile/test_sessions.py::test_a_handle_of_one_realm_opens_nothing_in_the_other",),
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
)
