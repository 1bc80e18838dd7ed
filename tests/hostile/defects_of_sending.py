"""Mistakes about campaigns on their way: who is asked before a mail begins, what is written down, who is in doubt."""

from tests.hostile.defect import Defect

SENDING = "portal/newsletter/sending"
SERVICE = "portal/newsletter/service"
STATEMENTS = f"{SENDING}/statements.py"
GUARDING = "newsletter/test_guarding.py"
RECOVERY = "newsletter/test_recovery.py"
HANDING = "newsletter/test_handing.py"

DEFECTS = (
    # Guard and intent.
    Defect(
        "let a sender go on in a chunk that it had once before",
        STATEMENTS,
        "AND k.epoch = :epoch AND k.worker = :worker)\n",
        "AND k.worker = :worker)\n",
        (f"{GUARDING}::test_a_sender_that_got_its_chunk_back_begins_nothing_of_before",),
    ),
    Defect(
        "take any chunk of the same epoch for the one that is held",
        STATEMENTS,
        "AND k.campaign_id = :campaign AND k.number = :number AND k.epoch = :epoch AND k.worker = :worker\n",
        "AND k.campaign_id = :campaign AND k.epoch = :epoch AND k.worker = :worker\n",
        (f"{GUARDING}::test_another_chunk_of_the_same_sender_lets_nobody_of_a_lost_one_through",),
        database="postgresql",
    ),
    Defect(
        "begin a mail beside an unsubscribe that is not committed",
        STATEMENTS,
        "state = 'active' FOR SHARE)",
        "state = 'active')",
        (f"{GUARDING}::test_a_mail_waits_for_an_unsubscribe_that_is_not_answered_yet",),
        database="postgresql",
    ),
    Defect(
        "write to who is suppressed since the campaign was frozen",
        STATEMENTS,
        "s.state = 'active'\n                "
        "AND NOT EXISTS (SELECT 1 FROM suppression u WHERE u.email_key = s.email_key))",
        "s.state = 'active')",
        (f"{GUARDING}::test_who_left_and_who_is_not_written_to_get_nothing_and_the_reason_is_told",),
    ),
    Defect(
        "go on with mails while a campaign is about to pause",
        STATEMENTS,
        "c.id = :campaign AND c.state IN ('sending', 'finishing'))\n",
        "c.id = :campaign)\n",
        (f"{GUARDING}::test_nothing_begins_while_a_campaign_is_about_to_pause",),
    ),
    Defect(
        "write down no intent",
        f"{SENDING}/lane.py",
        "why_not = self._ledger.begin(chunk, who.id)",
        'why_not = ""',
        (f"{RECOVERY}::test_the_ledger_and_the_journal_know_of_a_mail_before_its_body_and_of_each_answer",),
    ),
    Defect(
        "ask whether a mail may begin before it waits for its turn",
        f"{SENDING}/lane.py",
        "            if not self._goes_on(chunk):\n                raise Stopped\n"
        "            if not self._is_their_turn(chunk, who):\n                continue\n"
        "            why_not = self._ledger.begin(chunk, who.id)\n",
        "            why_not = self._ledger.begin(chunk, who.id)\n            if not self._goes_on(chunk):\n"
        "                raise Stopped\n"
        "            if not self._is_their_turn(chunk, who):\n                continue\n",
        (f"{HANDING}::test_who_leaves_while_a_slow_campaign_waits_gets_no_mail",),
    ),
    Defect(
        "write to who waits in the spool",
        f"{SENDING}/lane.py",
        "if not why_not and who.id in self._tools.left():",
        "if False:",
        ("newsletter/test_spool.py::test_who_waits_in_the_spool_is_not_written_to",),
    ),
    # Leases.
    Defect(
        "take a chunk over without raising its epoch",
        STATEMENTS,
        "worker = :worker, epoch = epoch + 1, due_at",
        "worker = :worker, epoch = epoch, due_at",
        (f"{GUARDING}::test_a_sender_whose_chunk_was_taken_begins_nothing_and_writes_nothing",),
    ),
    Defect(
        "write results into a chunk that somebody else has taken",
        STATEMENTS,
        '{counts}\n  WHERE campaign_id = :campaign AND number = :number AND epoch = :epoch AND worker = :worker"""',
        '{counts}\n  WHERE campaign_id = :campaign AND number = :number"""',
        (f"{GUARDING}::test_a_sender_whose_chunk_was_taken_begins_nothing_and_writes_nothing",),
    ),
    Defect(
        "count a result again when it is told twice",
        STATEMENTS,
        'AND subscription_id = :id AND state IN (0, 1, 4)""",',
        'AND subscription_id = :id""",',
        (f"{GUARDING}::test_a_result_that_is_told_twice_counts_once",),
    ),
    Defect(
        "send a body at the very end of a lease",
        f"{SENDING}/handing.py",
        "if self._results.is_lease_over:",
        "if False:",
        (f"{HANDING}::test_no_body_goes_out_at_the_end_of_a_lease",),
    ),
    # The journal.
    Defect(
        "note that a body goes out once it has gone",
        f"{SENDING}/handing.py",
        "            if body_of is not None:\n                self._start(chunk, body_of)\n"
        "            envelope = following.wire if following is not None else None\n"
        "            first, second = connection.exchange(body_of.wire.data if body_of is not None else None, "
        "envelope)\n",
        "            envelope = following.wire if following is not None else None\n"
        "            first, second = connection.exchange(body_of.wire.data if body_of is not None else None, "
        "envelope)\n"
        "            if body_of is not None:\n                self._start(chunk, body_of)\n",
        (f"{RECOVERY}::test_the_ledger_and_the_journal_know_of_a_mail_before_its_body_and_of_each_answer",),
    ),
    Defect(
        "keep no answer in the journal",
        f"{SENDING}/handing.py",
        "            self._journal.answer(chunk.campaign_id, who.id, str(reply))\n",
        "            pass\n",
        (f"{RECOVERY}::test_the_ledger_and_the_journal_know_of_a_mail_before_its_body_and_of_each_answer",),
    ),
    Defect(
        "send what the disk is too full to note",
        f"{SENDING}/journal.py",
        "if written != len(line):",
        "if False:",
        (f"{HANDING}::test_no_body_goes_out_that_the_journal_cannot_take",),
    ),
    Defect(
        "send once more what was begun without an answer",
        f"{SENDING}/recovery.py",
        "    if who in records.started:\n        return Result(recipient_id, DeliveryState.UNKNOWN, IN_DOUBT)",
        "    if who in records.started:\n        return Result(recipient_id, DeliveryState.QUEUED)",
        (f"{RECOVERY}::test_who_may_have_got_a_mail_gets_no_second_one",),
    ),
    Defect(
        "forget an answer that stands in a journal",
        f"{SENDING}/recovery.py",
        "if who in records.answers:",
        "if False:",
        (f"{RECOVERY}::test_an_answer_is_a_result_a_start_alone_is_in_doubt_and_the_others_wait_again",),
    ),
    Defect(
        "believe a journal whose end a power cut may have taken",
        f"{SENDING}/recovery.py",
        "is_whole = known and same_boot",
        "is_whole = known",
        (f"{RECOVERY}::test_without_a_whole_journal_all_that_was_begun_is_in_doubt",),
    ),
    Defect(
        "try a mail again whose answer was lost at the dot",
        f"{SENDING}/handing.py",
        "state = DeliveryState.UNKNOWN if began and not refused else DeliveryState.QUEUED",
        "state = DeliveryState.QUEUED",
        (
            "newsletter/test_sending.py::test_a_server_that_hangs_up_at_the_dot_leaves_one_in_doubt_who_is_never_sent_to_again",
        ),
    ),
    # Answers and pace.
    Defect(
        "blame the recipient for our reputation",
        f"{SENDING}/answers.py",
        "return reply.is_for_good and reply.text.startswith(POLICY)",
        "return False",
        ("newsletter/test_sending.py::test_a_refusal_for_our_reputation_pauses_the_campaign_and_blames_nobody",),
    ),
    Defect(
        "blame the recipient for a refusal of our own address",
        f"{SENDING}/answers.py",
        'return reply.command == "MAIL" and not reply.is_good',
        "return False",
        (f"{HANDING}::test_a_server_that_refuses_our_own_address_pauses_the_campaign_and_blames_nobody",),
    ),
    Defect(
        "try somebody again for ever",
        f"{SENDING}/answers.py",
        "if attempt > len(AGAIN):",
        "attempt = min(attempt, len(AGAIN))\n    if False:",
        (
            "newsletter/test_pace.py::test_a_temporary_refusal_is_tried_again_after_5_15_60_240_and_480_minutes_then_never",
        ),
    ),
    Defect(
        "forget how many mails a domain takes",
        f"{SENDING}/lane.py",
        "        if not limits:\n            return True",
        "        if True:\n            return True",
        (
            "newsletter/test_pace.py::test_a_domain_gets_one_mail_at_a_time_and_each_of_the_others_has_a_moment_of_its_own",
        ),
    ),
    # The line to the mail server.
    Defect(
        "end a mail at the first dot that stands alone",
        f"{SENDING}/smtp.py",
        'return body.replace(b"\\r\\n.", b"\\r\\n..") + ',
        "return body + ",
        (f"{HANDING}::test_a_dot_that_stands_alone_ends_no_mail",),
    ),
    Defect(
        "hand the password to whoever answers",
        f"{SENDING}/smtp.py",
        "host.starttls(context=ssl.create_default_context())",
        "host.starttls()",
        ("newsletter/test_secure_lines.py::test_a_server_that_nobody_vouches_for_gets_no_word",),
    ),
    # The life of a campaign.
    Defect(
        "send although not everybody is accounted for",
        f"{SERVICE}/freezing.py",
        "if candidates != queued + sum(left_out.values()):",
        "if False:",
        (f"{GUARDING}::test_a_campaign_whose_audience_does_not_add_up_is_not_begun",),
    ),
    Defect(
        "call a campaign finished whatever its sums say",
        f"{SERVICE}/progress.py",
        "if left == 0 and balances(campaign.queued, settled(campaign.id)):",
        "if left == 0:",
        (f"{GUARDING}::test_a_campaign_whose_sums_differ_does_not_finish",),
    ),
    Defect(
        "call a campaign cancelled while mails of it are in hand",
        f"{SERVICE}/progress.py",
        "if _is_still(campaign, CampaignState.CANCELLING) and _in_hand(campaign) == 0:",
        "if _is_still(campaign, CampaignState.CANCELLING):",
        (f"{GUARDING}::test_a_campaign_is_paused_or_cancelled_once_nobody_holds_any_of_it",),
    ),
    Defect(
        "send a campaign whose moment passed long ago",
        f"{SERVICE}/progress.py",
        "is_late = campaign.send_at < now() - GRACE or (campaign.stop_trying_at or FAR) <= now()",
        "is_late = False",
        ("newsletter/test_pace.py::test_a_moment_that_passed_an_hour_ago_is_missed_and_one_of_half_an_hour_is_not",),
    ),
    Defect(
        "resume a campaign that is being cancelled",
        "portal/newsletter/rules/campaigns.py",
        "Move.RESUME: {_S.PAUSED: _S.SENDING,",
        "Move.RESUME: {_S.CANCELLING: _S.SENDING, _S.CANCELLED: _S.SENDING, _S.PAUSED: _S.SENDING,",
        (f"{GUARDING}::test_what_is_cancelled_is_never_resumed",),
    ),
    Defect(
        "let a copy of the database send by itself",
        f"{SERVICE}/installation.py",
        "allowed_at=now() if is_first else None",
        "allowed_at=now()",
        ("newsletter/test_installation.py",),
    ),
    Defect(
        "send once more to somebody who is not in doubt",
        f"{SERVICE}/resolving.py",
        ".where(*mine, doubted).with_for_update()",
        ".where(*mine).with_for_update()",
        ("backoffice/test_campaign_sending.py::test_who_is_not_in_doubt_is_never_sent_to_again",),
    ),
    Defect(
        "launch what the check list stops",
        f"{SERVICE}/launching.py",
        "if in_the_way:",
        "if False:",
        ("backoffice/test_campaign_sending.py::test_what_is_unfinished_does_not_leave",),
    ),
    Defect(
        "be content with a way out in one of the two parts",
        f"{SERVICE}/checking.py",
        'if "unsubscribe_url" not in content.html or "unsubscribe_url" not in content.text:',
        'if "unsubscribe_url" not in content.html and "unsubscribe_url" not in content.text:',
        ("backoffice/test_campaign_sending.py::test_a_way_out_stands_in_both_parts",),
    ),
    Defect(
        "mail a proof to anybody",
        f"{SERVICE}/proofing.py",
        "strange = [word for word in words if staff.by_email(word) is None]",
        "strange: list[str] = []",
        ("backoffice/test_campaign_desk.py::test_a_proof_goes_to_colleagues_alone_and_says_what_it_is",),
    ),
)
