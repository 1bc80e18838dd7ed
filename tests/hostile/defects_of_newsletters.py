"""Mistakes about newsletters: the way out, consent, the form that anybody may send, texts that say STOP."""

from tests.hostile.defect import Defect

NEWSLETTER = "portal/newsletter"
SERVICE = f"{NEWSLETTER}/service"
TEXTS = "customers/test_texting.py"
LEAVING = "newsletter/test_leaving.py"
FORM = "newsletter/test_storefront_form.py"

DEFECTS = (
    # The way out.
    Defect(
        "answer one click with a redirect",
        f"{NEWSLETTER}/views/leaving.py",
        'return Response("Unsubscribed.\\n", mimetype="text/plain")',
        'return Response(status=303, headers={"Location": f"/u/{token}"})',
        (f"{LEAVING}::test_one_click_ends_it_without_cookie_redirect_or_question",),
    ),
    Defect(
        "answer one click with an error while the database is away",
        f"{SERVICE}/spooling.py",
        "    except DBAPIError as error:\n",
        "    except DBAPIError as error:\n        raise\n",
        (
            "newsletter/test_spool.py::test_a_click_while_the_database_is_away_is_kept_and_brought_in_later_as_of_its_moment",
        ),
    ),
    Defect(
        "unsubscribe whoever opens the link",
        f"{NEWSLETTER}/views/leaving.py",
        '    """Show a button and change nothing: programs open links, too."""\n',
        "    spooling.leave(token, source=ConsentSource.MAILED_LINK, proof=proof())\n",
        (f"{LEAVING}::test_opening_the_link_changes_nothing",),
    ),
    Defect(
        "take a signed number of one purpose for another",
        "portal/foundation/signing.py",
        "crypto.keyed_hashes(purpose, body.hex())]",
        'crypto.keyed_hashes("link", body.hex())]',
        (f"{LEAVING}::test_a_signature_for_something_else_is_unknown",),
    ),
    Defect(
        "want the subscription that a link leads out of",
        f"{SERVICE}/leaving.py",
        "    return row if row is not None and row.audience_id == way.audience_id else None\n",
        "    assert row is not None\n    return row if row.audience_id == way.audience_id else None\n",
        (f"{LEAVING}::test_the_link_works_when_the_subscription_is_gone",),
    ),
    Defect(
        "answer before a word in the spool is on the disk",
        f"{NEWSLETTER}/sending/spool.py",
        "            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n        os.fsync(file)\n",
        "            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n",
        ("newsletter/test_spool.py::test_a_word_is_on_the_disk_when_it_counts_as_kept",),
    ),
    Defect(
        "read the spool once",
        f"{NEWSLETTER}/sending/spool.py",
        "if now_ != self._seen:",
        "if self._seen == (0, 0):",
        ("newsletter/test_spool.py::test_a_sender_sees_each_word_that_comes",),
    ),
    Defect(
        "let an old mail bring back who has left",
        f"{SERVICE}/consent.py",
        "    tokens.revoke(mails.CONFIRM, row.id)  # an old mail must not bring back who has left\n",
        "",
        ("newsletter/test_joining.py::test_an_old_link_does_not_bring_back_who_has_left",),
    ),
    # Consent.
    Defect(
        "subscribe whom a file names, whatever they decided",
        f"{SERVICE}/importing.py",
        "    out = barred(audience, people.keys())\n",
        "    out: dict[str, Barred] = {}\n",
        ("newsletter/test_taking_over.py::test_an_import_brings_back_nobody_who_left_is_known_or_is_not_written_to",),
    ),
    Defect(
        "let staff have somebody asked who has left",
        f"{NEWSLETTER}/rules/__init__.py",
        "    Step.ADD: {},\n",
        "    Step.ADD: {U: P},\n",
        ("newsletter/test_rules.py::test_staff_and_imports_bring_nobody_back",),
    ),
    Defect(
        "forget at an erasure who is not written to",
        "portal/mail/service/suppressing.py",
        "if key is not None and queries.suppression_of(key) is None:",
        "if False:",
        ("customers/test_erasure.py::test_an_address_that_is_not_written_to_stays_so_and_nobody_can_read_which",),
    ),
    Defect(
        "seal a line of consent without where it was given",
        f"{NEWSLETTER}/models/consent.py",
        '*("page", "message_id", "reply"),',
        '*("message_id", "reply"),',
        ("hostile/test_consent_chain.py::test_a_line_that_was_edited_is_named",),
    ),
    Defect(
        "let the link of a forwarded newsletter subscribe at once",
        f"{SERVICE}/consent.py",
        "            _ask(ledger.row_of(audience, email), evidence)\n",
        "            row = ledger.row_of(audience, email)\n"
        "            ledger.take(row, Step.PROVE, ConsentAction.CONFIRM, evidence=evidence)\n",
        (f"{LEAVING}::test_ticking_asks_for_a_confirmation_because_a_mail_may_have_been_forwarded",),
    ),
    Defect(
        "let the link of a forwarded newsletter have clicks counted",
        f"{NEWSLETTER}/views/preferences.py",
        '        if "clicks" not in request.form:\n            service.set_clicks(email, counted=False)\n',
        '        service.set_clicks(email, counted="clicks" in request.form)\n',
        ("newsletter/test_preferences.py::test_a_forwarded_link_never_has_links_counted_but_may_end_it",),
    ),
    Defect(
        "subscribe who left once where no confirmation is asked",
        f"{SERVICE}/joining.py",
        "row.state is not SubscriptionState.PENDING or queries.has_left(row.email, row.audience_id):",
        "row.state is not SubscriptionState.PENDING:",
        (f"{FORM}::test_single_opt_in_does_not_take_who_left_or_is_not_written_to",),
    ),
    Defect(
        "mail an address as often as anybody asks",
        f"{NEWSLETTER}/mails.py",
        "    if not rows or _too_many(message):\n",
        "    if not rows:\n",
        (f"{FORM}::test_one_address_gets_three_mails_a_day_whatever_is_named",),
    ),
    Defect(
        "offer private audiences to everybody",
        f"{NEWSLETTER}/queries/__init__.py",
        "for audience in audiences_in_use() if audience.is_public]",
        "for audience in audiences_in_use()]",
        (f"{FORM}::test_only_public_audiences_in_use_can_be_named",),
    ),
    Defect(
        "lead from the form to any host",
        f"{NEWSLETTER}/views/joining.py",
        "known = parts.netloc.lower() in settings().storefront_hosts",
        "known = bool(settings().storefront_hosts)",
        (f"{FORM}::test_it_leads_nowhere_else",),
    ),
    # Text messages.
    Defect(
        "know STOP in capitals alone",
        "portal/customers/rules/texts.py",
        'unicodedata.normalize("NFKC", text).casefold())',
        'unicodedata.normalize("NFKC", text))',
        (f"{TEXTS}::test_a_text_is_taken_as",),
    ),
    Defect(
        "take the beginning of a signature for the whole",
        "portal/customers/service/texting.py",
        "hmac.compare_digest(made, code)",
        "made.startswith(code)",
        (f"{TEXTS}::test_half_a_signature_is_none",),
    ),
    Defect(
        "take a signed text of last week",
        "portal/customers/service/texting.py",
        " and abs(now().timestamp() - int(stamp)) <= WINDOW.total_seconds()",
        "",
        (f"{TEXTS}::test_a_signature_of_another_secret_body_or_time_is_refused",),
    ),
    Defect(
        "do what a text says each time that it comes",
        "portal/customers/service/texting.py",
        "    if db.session.scalar(made) is None:\n        return None\n",
        "    db.session.scalar(made)\n",
        (f"{TEXTS}::test_the_same_text_twice_counts_once_even_after_a_new_consent",),
    ),
)
