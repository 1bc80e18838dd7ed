"""Mistakes on the way back into an account: mailed links, answers, changes of address, callers at the help desk."""

from tests.hostile.defect import Defect

SERVICE = "portal/accounts/service"
FOUNDATION = "portal/foundation"

DEFECTS = (
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
    Defect(
        "show the question to whoever asks for a link",
        "portal/accounts/views/recovery.py",
        '    session[ASKED_FOR] = form.text("email")\n',
        '    session[ASKED_FOR] = form.text("email")\n'
        '    if owner := queries.by_email(guards.realm_of("/"), form.text("email")):\n'
        "        flash(questions.words(queries.question_of(owner.id).question))\n",
        ("accounts/test_security_question.py::test_the_question_is_in_no_answer_before_the_link",),
    ),
    Defect(
        "go on behind a link of another purpose",
        f"{SERVICE}/recovery.py",
        "        tokens.subject_of(RESET, token)\n",
        "",
        ("accounts/test_recovery_with_factor.py::test_what_was_begun_behind_one_link_goes_on_behind_no_other",),
    ),
    Defect(
        "ask for an answer beside the second factor",
        f"{SERVICE}/recovery.py",
        " or self._is_answered or self.asks_factor:",
        " or self._is_answered:",
        ("accounts/test_recovery_with_factor.py::test_neither_the_answer_nor_a_password_gets_past_the_factor",),
    ),
    Defect(
        "take the second factor away with a new password",
        f"{SERVICE}/recovery.py",
        "    passwords.set_password(recovery.account, made, by=passwords.actor_of(recovery.account))\n",
        "    passwords.set_password(recovery.account, made, by=passwords.actor_of(recovery.account))\n"
        "    factors.remove_all(recovery.account, passwords.actor_of(recovery.account))\n",
        ("accounts/test_recovery_with_factor.py::test_a_reset_leaves_every_factor_and_trusts_no_browser_from_before",),
    ),
    # Changes of address.
    Defect(
        "leave what others began when the password is changed",
        f"{SERVICE}/passwords.py",
        "    pending.end_all(account, by)\n",
        "",
        ("accounts/test_pre_hijacking.py::test_a_changed_password_ends_it_too",),
    ),
    Defect(
        "put an address in force without the word of a second member",
        f"{SERVICE}/email_change.py",
        "if change.asked_by is not None and change.approved_at is None:",
        "if False:",
        ("backoffice/test_moving.py::test_it_never_comes_without_a_second_member",),
    ),
    Defect(
        "let a member approve what they asked for",
        f"{SERVICE}/email_change.py",
        "if staff_member_id == change.asked_by and not alone:",
        "if False:",
        ("backoffice/test_moving.py::test_who_asked_does_not_approve",),
    ),
    Defect(
        "undo a change of address without holding the account",
        f"{SERVICE}/email_undo.py",
        "change, account = held(UNDO_CHANGE, token)",
        "change = db.session.get_one(EmailChange, tokens.find(UNDO_CHANGE, token).subject_id); "
        "account = db.session.get_one(Account, change.account_id)",
        ("accounts/test_email_change_races.py::test_a_mailed_link_holds_the_account_before_it_writes",),
    ),
    # Callers at the help desk.
    Defect(
        "count no answers of a caller",
        f"{SERVICE}/identity.py",
        "tries = throttle.count((PER_CASE, str(case.id)))[PER_CASE]",
        "tries = 1",
        ("backoffice/test_identity.py::test_the_third_wrong_answer_closes_the_case",),
    ),
    Defect(
        "let every new case give new answers",
        f"{SERVICE}/identity.py",
        "        throttle.count((PER_DAY, str(account.id)))\n",
        "        pass\n",
        ("backoffice/test_identity.py::test_a_new_case_gives_no_new_answers_of_the_day",),
    ),
    Defect(
        "take the match of another member",
        f"{SERVICE}/identity.py",
        "        IdentityCase.staff_member_id == staff_member_id,\n        IdentityCase.closed_at.is_(None),\n"
        "        IdentityCase.opened_at",
        "        IdentityCase.closed_at.is_(None),\n        IdentityCase.opened_at",
        ("backoffice/test_moving.py::test_a_match_of_one_member_serves_no_other",),
    ),
    Defect(
        "take a second step away for an answer alone",
        f"{SERVICE}/helping.py",
        "if lost_factors.stay_until(account, case) is not None:",
        "if lost_factors.stay_until(account, case) == 0:",
        ("backoffice/test_lost_factors.py::test_an_answer_alone_leaves_it_where_it_is_and_the_page_says_until_when",),
    ),
    Defect(
        "let a factor go that its owner signs in with",
        f"{SERVICE}/lost_factors.py",
        "account.password_changed_at, _last_proof(account), ",
        "account.password_changed_at, ",
        ("backoffice/test_lost_factors.py::test_who_signs_in_with_it_meanwhile_has_not_lost_it",),
    ),
)
