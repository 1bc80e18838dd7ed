"""Which step may move which state."""

import pytest

from portal.newsletter import rules
from portal.newsletter.models import ConsentAction, ConsentSource, SubscriptionState
from portal.newsletter.rules import Step
from portal.newsletter.rules.pauses import PAUSE_WORDS
from portal.newsletter.sending import watch

GONE = (SubscriptionState.UNSUBSCRIBED, SubscriptionState.CLEANED, SubscriptionState.COMPLAINED)


@pytest.mark.parametrize("state", GONE)
def test_staff_and_imports_bring_nobody_back(state):
    assert rules.after(state, Step.ADD) is state


@pytest.mark.parametrize("state", GONE)
def test_a_mailed_link_of_before_brings_nobody_back(state):
    assert rules.after(state, Step.CONFIRM) is state


@pytest.mark.parametrize("state", GONE)
def test_the_public_form_alone_makes_nobody_active(state):
    assert rules.after(state, Step.ASK) is not SubscriptionState.ACTIVE


def test_a_stranger_cannot_have_a_complainer_written_to():
    assert rules.after(SubscriptionState.COMPLAINED, Step.ASK) is SubscriptionState.COMPLAINED


@pytest.mark.parametrize("state", SubscriptionState)
def test_a_proven_address_gets_in_from_anywhere(state):
    assert rules.after(state, Step.PROVE) is SubscriptionState.ACTIVE


@pytest.mark.parametrize("state", GONE)
def test_leaving_never_softens_a_harder_state(state):
    assert rules.after(state, Step.LEAVE) is state


def test_everything_has_words():
    assert set(rules.STATE_WORDS) == set(rules.STATE_KINDS) == set(SubscriptionState)
    assert set(rules.ACTION_WORDS) == set(ConsentAction)
    assert set(rules.SOURCE_WORDS) == set(ConsentSource)
    assert set(rules.MOVES) == set(Step)


def test_every_reason_for_which_a_sender_stops_has_words():
    relay = {"relay_auth", "relay_certificate", "relay_down", "relay_hangs_up"}
    noted = {*watch.AT_ONCE, *relay, "quota", "error_rate", "render_errors"}
    assert noted <= set(PAUSE_WORDS)
