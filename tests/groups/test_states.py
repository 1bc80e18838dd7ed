"""The states of an application and the steps between them, in words and colours."""

import pytest

from portal.groups import rules
from portal.groups.models import OPEN_STATES, ApplicationState
from portal.groups.service import reasons

S = ApplicationState
ENDS = (S.APPROVED, S.DECLINED, S.WITHDRAWN, S.EXPIRED)
ALLOWED = {
    *((S.SUBMITTED, end) for end in ENDS),
    *((S.NEEDS_INFORMATION, end) for end in ENDS),
    (S.SUBMITTED, S.NEEDS_INFORMATION),
    (S.NEEDS_INFORMATION, S.SUBMITTED),
}


@pytest.mark.parametrize("later", S)
@pytest.mark.parametrize("earlier", S)
def test_a_step_is_allowed_or_not(earlier, later):
    assert (earlier in rules.states_before(later)) is ((earlier, later) in ALLOWED)


def test_what_may_still_be_decided_is_what_the_queue_calls_open():
    assert set(OPEN_STATES) == {state for state, later in rules.STEPS.items() if later}


@pytest.mark.parametrize("state", S)
def test_every_state_has_a_word_and_a_colour(app, state):
    words = rules.words_of(state)
    assert words.text
    assert words.kind in {"ok", "wait", "info", "bad", "off"}


@pytest.mark.parametrize("state", ENDS)
def test_every_end_says_when_it_came(app, state):
    assert "21 Nov" in rules.decision_in_words(state, "Clara Clerk", "21 Nov 2026, 12:00")


def test_a_reason_is_the_sentence_and_the_own_words(app):
    sentence = reasons.in_words("unconfirmed")
    assert sentence.startswith("We couldn’t confirm")
    assert rules.told_reason(sentence, " Call us. ") == f"{sentence}\n\nCall us."
    assert rules.told_reason(sentence, "") == sentence
    assert rules.told_reason(reasons.in_words(rules.OWN), "Call us.") == "Call us."
    assert reasons.in_words("The number belongs to somebody else.") == "The number belongs to somebody else."
    assert rules.told_reason("", "") == ""


def test_two_spellings_of_a_name_have_one_key():
    assert rules.name_key("Café  TRADE") == rules.name_key("cafe trade")


def test_a_name_that_grows_when_folded_fits_its_column():
    assert len(rules.name_key("\ufdfa" * 64)) == 160
