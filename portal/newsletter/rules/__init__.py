"""Which step moves which state, which words stood beside the ticks, and how each is told."""

from datetime import timedelta
from enum import StrEnum

from portal.foundation.text import lazy
from portal.newsletter.models import CampaignState, ConsentAction, ConsentSource, SubscriptionState

TICK_TEXT = lazy("Subscribe to offers and new arrivals by email, about twice a month. I can stop at any time.")
FORM_TEXT = lazy(
    "We email you a link first. Once you press the button behind it, you get offers and new arrivals by email, about "
    "twice a month. You can stop at any time with one click."
)
CONFIRM_TEXT = lazy("Yes, send me the newsletter by email. I can stop at any time with one click.")
SWITCH_TEXT = lazy("Send me these by email. I can stop at any time.")

CLICKS_TEXT = lazy("Count which links in them I open, so that the shop learns what I like.")

# How often somebody wants to hear of a topic, by the days from one mail to the next.
PACES = {
    0: lazy("Every email"),
    7: lazy("At most one a week"),
    30: lazy("At most one a month"),
}

PENDING_KEPT = timedelta(days=30)  # as long as the confirmation link works


class Step(StrEnum):
    """What somebody does about a subscription; how far it goes depends on who is known to have done it."""

    ASK = "ask"  # typed into a form by whoever it was: nothing is proven
    CONFIRM = "confirm"  # pressed the button behind the mailed link
    PROVE = "prove"  # ticked by somebody whose account has proven the address
    ADD = "add"  # by staff or an import, on somebody's word
    LEAVE = "leave"
    BOUNCE = "bounce"  # the mailbox is not there, or has taken nothing for too long
    COMPLAIN = "complain"  # said at the mailbox provider: this is spam


P, A, U, C, X = (
    SubscriptionState.PENDING,
    SubscriptionState.ACTIVE,
    SubscriptionState.UNSUBSCRIBED,
    SubscriptionState.CLEANED,
    SubscriptionState.COMPLAINED,
)

# A new row is PENDING. What a step does not name, it leaves as it is: so nothing but the person's own, proven
# consent brings back who left, bounced or complained, and a stranger's typing cannot have a complainer written to.
MOVES: dict[Step, dict[SubscriptionState, SubscriptionState]] = {
    Step.ASK: {U: P, C: P},
    Step.CONFIRM: {P: A},
    Step.PROVE: {P: A, U: A, C: A, X: A},
    Step.ADD: {},
    Step.LEAVE: {P: U, A: U},
    Step.BOUNCE: {P: C, A: C},
    Step.COMPLAIN: {P: X, A: X, U: X, C: X},
}


def after(state: SubscriptionState, step: Step) -> SubscriptionState:
    """The state that a step leads to; the same one when the step may not move it."""
    return MOVES[step].get(state, state)


STATE_WORDS = {P: lazy("Not confirmed"), A: lazy("Subscribed"), U: lazy("Unsubscribed")} | {
    C: lazy("Mail came back"),
    X: lazy("Complained"),
}
STATE_KINDS = {P: "wait", A: "ok", U: "off", C: "bad", X: "bad"}

ACTION_WORDS = {
    ConsentAction.REQUEST: lazy("Asked for %(audience)s"),
    ConsentAction.MAIL_SENT: lazy("Mailed the link to confirm %(audience)s"),
    ConsentAction.CONFIRM: lazy("Confirmed %(audience)s"),
    ConsentAction.WITHDRAW: lazy("Left %(audience)s"),
    ConsentAction.IMPORT: lazy("Added to %(audience)s"),
    ConsentAction.ADMIN: lazy("Added to %(audience)s by staff"),
}
UNDONE_WORDS = lazy("Import into %(audience)s taken back")
ACTION_KINDS = {ConsentAction.CONFIRM: "ok", ConsentAction.WITHDRAW: "off"}
SOURCE_WORDS = {
    ConsentSource.REGISTRATION: lazy("at registration"),
    ConsentSource.ACCOUNT: lazy("in the account"),
    ConsentSource.PUBLIC_FORM: lazy("on the newsletter page"),
    ConsentSource.MAILED_LINK: lazy("by the link in a mail"),
    ConsentSource.ONE_CLICK: lazy("by one click in the mailbox"),
    ConsentSource.STAFF: lazy("by staff"),
    ConsentSource.IMPORT: lazy("from a file"),
    ConsentSource.COMPLAINT: lazy("by marking a mail as spam"),
}
EVIDENCE = {
    ConsentSource.REGISTRATION: lazy("You subscribed on %(day)s, when you created your account."),
    ConsentSource.ACCOUNT: lazy("You subscribed on %(day)s, on this page."),
    ConsentSource.MAILED_LINK: lazy("You subscribed on %(day)s, by the link that we mailed you."),
}

CAMPAIGN_WORDS = {
    CampaignState.DRAFT: lazy("a draft"),
    CampaignState.SCHEDULED: lazy("scheduled"),
    CampaignState.MISSED: lazy("past its moment"),
    CampaignState.PREPARING: lazy("being prepared"),
    CampaignState.SENDING: lazy("being sent"),
    CampaignState.FINISHING: lazy("nearly finished"),
    CampaignState.FINISHED: lazy("finished"),
    CampaignState.PAUSING: lazy("about to pause"),
    CampaignState.PAUSED: lazy("paused"),
    CampaignState.CANCELLING: lazy("being cancelled"),
    CampaignState.CANCELLED: lazy("cancelled"),
}

# A proof of consent in words: what its values mean, whichever ledger a line is of.
PROOF_WORDS: dict[str, str] = {
    **{source.value: words for source, words in SOURCE_WORDS.items()},
    ConsentAction.REQUEST: lazy("Asked"),
    ConsentAction.MAIL_SENT: lazy("Mail with the link sent"),
    ConsentAction.CONFIRM: lazy("Confirmed"),
    ConsentAction.WITHDRAW: lazy("Ended"),
    ConsentAction.ADMIN: lazy("Asked by staff"),
    "import": lazy("Taken over from a file"),
    "grant": lazy("Agreed"),
    "till": lazy("at the till"),
    "merge": lazy("when two records became one"),
    "text-message": lazy("by a text message"),
    "sms": lazy("Text messages"),
    "telephone": lazy("Telephone calls"),
    "post": lazy("Post"),
}
