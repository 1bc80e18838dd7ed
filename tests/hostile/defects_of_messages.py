"""Mistakes about what a newsletter carries, what comes back from it, and what its results tell."""

from tests.hostile.defect import Defect

NEWSLETTER = "portal/newsletter"
SERVICE = f"{NEWSLETTER}/service"
MESSAGES = "newsletter/test_messages.py"

DEFECTS = (
    # What a mail carries.
    Defect(
        "put a name into HTML as it is",
        f"{NEWSLETTER}/sending/message.py",
        "html.escape(found) if place.escapes else found",
        "found",
        (f"{MESSAGES}::test_a_name_is_no_html",),
    ),
    Defect(
        "put a name into the subject as it is",
        f"{NEWSLETTER}/sending/message.py",
        'line = " ".join(text.split())',
        "line = text",
        (f"{MESSAGES}::test_a_name_with_line_ends_makes_no_header",),
    ),
    Defect(
        "fill in whatever stands between braces",
        f"{NEWSLETTER}/sending/fields.py",
        "if found is None or (found[1] not in FIELDS + LINKS and found[1] not in also):",
        "if found is None:",
        (f"{MESSAGES}::test_what_is_no_field_of_the_list_is_refused",),
    ),
    Defect(
        "let HTML through that stands in Markdown",
        f"{NEWSLETTER}/rules/markdown.py",
        '{"html": False}',
        '{"html": True}',
        ("backoffice/test_campaign_desk.py::test_html_that_is_typed_stays_text",),
    ),
    Defect(
        "take any scheme for a link",
        f"{NEWSLETTER}/rules/blocks.py",
        "return parts.scheme in SCHEMES and bool(parts.path)",
        "return bool(parts.path)",
        ("newsletter/test_messages.py::test_a_link_leads_to_a_page_a_mailbox_or_a_telephone",),
    ),
    Defect(
        "sign everything but the button of the mailbox",
        f"{NEWSLETTER}/sending/dkim.py",
        '*("List-Unsubscribe-Post", "Feedback-ID",',
        '*("Feedback-ID",',
        ("newsletter/test_dkim.py::test_a_campaign_is_signed_over_every_header_that_counts",),
    ),
    Defect(
        "count the clicks of everybody",
        f"{NEWSLETTER}/sending/links.py",
        "if not counted or not recipient_id:",
        "if not recipient_id:",
        ("newsletter/test_clicks.py::test_who_does_not_let_clicks_be_counted_gets_the_addresses_themselves",),
    ),
    Defect(
        "count clicks unless somebody says otherwise",
        f"{SERVICE}/drafting.py",
        "blocks=rules.first(), is_archived=audience.has_archive)",
        "blocks=rules.first(), is_archived=audience.has_archive, tracks_clicks=True)",
        ("backoffice/test_campaign_desk.py::test_a_campaign_is_begun_and_its_editor_opens",),
    ),
    Defect(
        "tell who a newsletter was forwarded to what else its owner gets",
        f"{NEWSLETTER}/views/proving.py",
        "for line in lines if line.audience_id == of]",
        "for line in lines]",
        ("newsletter/test_proving.py::test_the_link_tells_nothing_of_other_audiences",),
    ),
    Defect(
        "show the issues of private audiences in the archive",
        f"{NEWSLETTER}/queries/issues.py",
        "is_not(None), Audience.is_public, Audience.has_archive)",
        "is_not(None), Audience.has_archive)",
        ("newsletter/test_archive.py::test_an_audience_without_an_archive_or_not_public_shows_nothing",),
    ),
    # What comes back.
    Defect(
        "take the first byte of a bounce address for its signature",
        f"{NEWSLETTER}/bounces/verp.py",
        "any(hmac.compare_digest(code, _code(key, body)) for key in keys)",
        "any(hmac.compare_digest(code[:1], _code(key, body)[:1]) for key in keys)",
        ("newsletter/test_bounce_reports.py::test_no_byte_of_a_bounce_address_can_be_changed",),
    ),
    Defect(
        "take bounces for whoever is named",
        f"{NEWSLETTER}/bounces/listener.py",
        "return domain == self._domain and (local in ALSO or verp.read(local) is not None)",
        "return domain == self._domain",
        ("newsletter/test_bounce_listener.py::test_only_signed_addresses_and_those_that_must_be_there_are_taken",),
    ),
    Defect(
        "give a mailbox up that was full once",
        f"{NEWSLETTER}/bounces/scoring.py",
        "if kind is EventKind.HARD or row.bounce_score >= TOO_MUCH:",
        "if kind is EventKind.HARD or row.bounce_score:",
        ("newsletter/test_bounces.py::test_a_full_mailbox_is_written_to_until_the_fifth_campaign_in_a_row",),
    ),
    Defect(
        "count the answers of people as bounces",
        f"{NEWSLETTER}/bounces/parsing.py",
        "found = _report(mail) or _reply(mail) or _odd(mail)",
        "found = _report(mail) or _odd(mail)",
        ("newsletter/test_bounce_reports.py::test_what_is_no_bounce_is_not_taken_for_one",),
    ),
    Defect(
        "count it against the recipient that our mail is not liked",
        f"{NEWSLETTER}/bounces/classifying.py",
        '    if status.startswith("5.7."):\n        return EventKind.POLICY\n',
        '    if status.startswith("5.7."):\n        return EventKind.HARD\n',
        ("newsletter/test_bounces.py::test_the_senders_own_fault_never_counts_against_the_recipient",),
    ),
    Defect(
        "go on writing to who complained",
        f"{NEWSLETTER}/bounces/scoring.py",
        '    mail.suppress(email, _("Marked our mail as spam."), SuppressionScope.MARKETING)\n',
        "",
        ("newsletter/test_bounces.py::test_a_complaint_ends_every_newsletter_and_is_written_in_the_ledger_of_consent",),
    ),
    Defect(
        "count each report about the same mail",
        f"{NEWSLETTER}/bounces/scoring.py",
        "return not known and note(campaign_id, subscription_id, kind, said, at)",
        "return note(campaign_id, subscription_id, kind, said, at) or True",
        ("newsletter/test_bounces.py::test_the_same_report_twice_and_two_about_the_same_mail_count_once",),
    ),
    # Results and files.
    Defect(
        "take what a program opens for a person’s click",
        f"{NEWSLETTER}/results/judging.py",
        '_become(one, one.detail or reasons.get(one.id, ""))',
        "_become(one, one.detail)",
        ("newsletter/test_clicks.py::test_who_opens_the_link_that_no_person_sees_is_a_program",),
    ),
    Defect(
        "note the clicks of who asked not to be followed",
        f"{NEWSLETTER}/views/clicking.py",
        'NO not in (request.headers.get("DNT"), request.headers.get("Sec-GPC"))',
        "True",
        ("newsletter/test_clicks.py::test_who_asks_not_to_be_followed_is_taken_there_and_not_noted",),
    ),
    Defect(
        "send to everybody when the segment is gone",
        f"{SERVICE}/recipients.py",
        "sa.false() if segment is None else",
        "sa.true() if segment is None else",
        ("newsletter/test_freezing.py::test_a_segment_that_is_gone_or_cannot_be_read_sends_to_nobody",),
    ),
    Defect(
        "hand out an audience without asking who is at the keyboard",
        "portal/backoffice/audiences/people.py",
        '@audiences.get("/<int:audience_id>/export.csv")\n@staff_required(Permission.AUDIENCE_EXPORT)\n@fresh_sign_in_required\n',
        '@audiences.get("/<int:audience_id>/export.csv")\n@staff_required(Permission.AUDIENCE_EXPORT)\n',
        ("backoffice/test_audiences.py::test_the_file_is_for_who_has_just_signed_in",),
    ),
)
