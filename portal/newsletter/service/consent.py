"""Into an audience: asked for on a public form and confirmed by mail, or ticked by somebody known; and out of it."""

from datetime import datetime

from portal.audit.service import Actor
from portal.customers.models import Customer
from portal.foundation import tokens
from portal.foundation.errors import Expired
from portal.foundation.text import _
from portal.newsletter import mails, queries, rules
from portal.newsletter.errors import ConsentNeeded
from portal.newsletter.models import Audience, ConsentAction, ConsentSource, Subscription, SubscriptionState
from portal.newsletter.rules import Step
from portal.newsletter.service import ledger
from portal.newsletter.service.ledger import Evidence, Proof

__all__ = [
    "Proof",
    "choose_by_link",
    "confirm_subscription",
    "follow_address",
    "invite",
    "leave_address",
    "set_by_staff",
    "set_subscribed",
    "subscribe_with_account",
    "subscription_behind",
    "withdraw",
]

ON = (SubscriptionState.PENDING, SubscriptionState.ACTIVE)


def subscription_behind(token: str) -> Subscription:
    """The subscription that a confirmation link is about; nothing is changed.

    Raises:
        NotFound: the link is not ours.
        Expired: it has run out or was replaced, or was used by somebody who has left since.
    """
    try:
        row = queries.subscription(tokens.find(mails.CONFIRM, token).subject_id)
    except Expired:
        row = queries.subscription(tokens.subject_of(mails.CONFIRM, token))
        if row is None or row.state is not SubscriptionState.ACTIVE:
            raise
    if row is None or row.state not in ON:
        raise Expired(_("This link has run out."))
    return row


def confirm_subscription(token: str, *, proof: Proof) -> Subscription:
    """Put in force what a mailed link stands for; twice is harmless.

    Raises:
        NotFound: the link is not ours.
        Expired: it has run out or was replaced, or was used by somebody who has left since.
    """
    row = ledger.locked(subscription_behind(token).id)
    if row is not None and row.state is SubscriptionState.ACTIVE:
        return row
    tokens.redeem(mails.CONFIRM, token)
    if row is None or row.state is not SubscriptionState.PENDING:
        raise Expired(_("This link has run out."))
    evidence = Evidence(ConsentSource.MAILED_LINK, proof, str(rules.CONFIRM_TEXT))
    ledger.take(row, Step.CONFIRM, ConsentAction.CONFIRM, evidence=evidence)
    mails.welcome(row)
    return row


def subscribe_with_account(customer: Customer, *, text: str, source: ConsentSource, proof: Proof) -> None:
    """Put a tick in force at once: the account has proven the address."""
    _subscribe(customer, queries.default_audience(), Evidence(source, proof, text))


def set_subscribed(customer: Customer, audience_ids: set[int], *, text: str, proof: Proof) -> None:
    """Make the ticks of a signed-in customer so; audiences that nobody may choose stay as they are."""
    states = {row.audience_id: row for row in queries.of_customer(customer)}
    for audience in queries.public_audiences():
        row = states.get(audience.id)
        if audience.id in audience_ids and (row is None or row.state is not SubscriptionState.ACTIVE):
            _subscribe(customer, audience, Evidence(ConsentSource.ACCOUNT, proof, beside(audience, text)))
        elif audience.id not in audience_ids and row is not None and row.state is SubscriptionState.ACTIVE:
            withdraw(row, source=ConsentSource.ACCOUNT, proof=proof)


def choose_by_link(email: str, audience_ids: set[int], *, text: str, proof: Proof) -> bool:
    """Make the ticks behind an unsubscribe link so; returns whether a confirmation is mailed for any.

    A forwarded newsletter carries the link, too: so it takes out at once, and lets in by a new confirmation only.
    """
    asked = False
    states = {row.audience_id: row for row in queries.of_email(email)}
    for audience in queries.public_audiences():
        row = states.get(audience.id)
        if audience.id in audience_ids and (row is None or row.state is not SubscriptionState.ACTIVE):
            evidence = Evidence(ConsentSource.MAILED_LINK, proof, beside(audience, text))
            _ask(ledger.row_of(audience, email), evidence)
            asked = True
        elif audience.id not in audience_ids and row is not None and row.state is SubscriptionState.ACTIVE:
            withdraw(row, source=ConsentSource.MAILED_LINK, proof=proof)
    return asked


def set_by_staff(customer: Customer, *, wanted: bool, by: Actor, proof: Proof) -> None:
    """Take a customer out of the newsletter, or ask by mail whether they want it: staff cannot consent for others.

    Raises:
        ConsentNeeded: the customer left, or the mails came back or were complained about.
    """
    audience = queries.default_audience()
    if wanted:
        if customer.email:
            invite(customer, audience, by=by, proof=proof)
        return
    for row in queries.of_customer(customer):
        if row.audience_id == audience.id:
            withdraw(row, source=ConsentSource.STAFF, proof=proof, actor=by.name)


def invite(customer: Customer, audience: Audience, *, by: Actor, proof: Proof) -> bool:
    """Ask a customer by mail whether they want what an audience gets; False when they get it or were asked already.

    Raises:
        ConsentNeeded: the customer left, or the mails came back or were complained about, or there is no address.
    """
    if not customer.email:
        raise ConsentNeeded(_("There is no email address to ask at."))
    state = next((row.state for row in queries.of_customer(customer) if row.audience_id == audience.id), None)
    if state in ON:
        return False
    if state is not None or queries.has_left(customer.email, audience.id):
        raise ConsentNeeded(_("This customer has left the newsletter. Only they can subscribe again."))
    row = ledger.row_of(audience, customer.email)
    evidence = Evidence(ConsentSource.STAFF, proof, actor=by.name)
    ledger.take(row, Step.ADD, ConsentAction.ADMIN, evidence=evidence, customer_id=customer.id)
    mails.ask_to_confirm(row)
    return True


def leave_address(email: str, *, by: Actor, proof: Proof) -> None:
    """Take an address out of every audience, since its customer has another one now."""
    for row in queries.of_email(email):
        withdraw(row, source=ConsentSource.STAFF, proof=proof, actor=by.name)


def follow_address(old: str, new: str) -> None:
    """Leave one address and ask the other, since their account moved: consent was given for the mailbox."""
    for row in queries.of_email(old):
        if row.state in ON:
            withdraw(row, source=ConsentSource.ACCOUNT, proof=Proof())
            _ask(ledger.row_of(row.audience, new), Evidence(ConsentSource.ACCOUNT, Proof()))


def withdraw(
    subscription: Subscription,
    *,
    source: ConsentSource,
    proof: Proof,
    actor: str = "",
    at: datetime | None = None,
) -> bool:
    """Take an address out of an audience; returns whether it was in. Twice is harmless.

    `at`: when it was asked for and answered, if not now.
    """
    row = ledger.locked(subscription.id)
    if row is None or rules.after(row.state, Step.LEAVE) is row.state:
        return False
    ledger.take(row, Step.LEAVE, ConsentAction.WITHDRAW, evidence=Evidence(source, proof, actor=actor, at=at))
    tokens.revoke(mails.CONFIRM, row.id)  # an old mail must not bring back who has left
    return True


def beside(audience: Audience, text: str) -> str:
    """The words beside the tick of one audience, as the ledger keeps them."""
    return "\n".join(filter(None, [text, audience.name, audience.description]))


def _ask(row: Subscription, evidence: Evidence) -> None:
    ledger.take(row, Step.ASK, ConsentAction.REQUEST, evidence=evidence)
    mails.ask_to_confirm(row)


def _subscribe(customer: Customer, audience: Audience, evidence: Evidence) -> None:
    row = ledger.row_of(audience, customer.email)
    steps = (ConsentAction.REQUEST, ConsentAction.CONFIRM)
    moved = ledger.take(row, Step.PROVE, *steps, evidence=evidence, customer_id=customer.id)
    tokens.revoke(mails.CONFIRM, row.id)
    if moved and evidence.source is not ConsentSource.ACCOUNT:  # a switch on a page answers at once
        mails.welcome(row)
