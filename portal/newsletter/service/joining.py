"""Into audiences by a public form: asked for by anybody, so answered alike for every address."""

from collections.abc import Collection
from datetime import timedelta

from portal.foundation import emails, throttle, tokens
from portal.foundation.errors import Expired
from portal.mail import queries as mail
from portal.newsletter import mails, queries, rules
from portal.newsletter.models import Audience, ConsentAction, ConsentSource, Subscription, SubscriptionState
from portal.newsletter.rules import Step
from portal.newsletter.service import consent, ledger
from portal.newsletter.service.ledger import Evidence, Proof

FORM = throttle.Limit("newsletter form", hits=30, window=timedelta(hours=1))  # of one network address
AT_ONCE = 10  # audiences of one form


def ask(email: str, slugs: Collection[str], *, text: str, proof: Proof) -> None:
    """Note a wish for some audiences (the default one, where none is named that people may choose).

    Alike for every address: one mail at most goes out for all of them, and whether it does is decided later. An
    audience with single opt-in takes a new address at once; who left it, bounced or complained is always asked.

    Raises:
        TooMany: this network address has asked 30 times within the hour.
    """
    throttle.count((FORM, throttle.network(proof.address)))
    asked = []
    for audience in meant(slugs):
        row = ledger.row_of(audience, email)
        evidence = Evidence(ConsentSource.PUBLIC_FORM, proof, consent.beside(audience, text))
        if audience.single_opt_in and _is_new(row):
            steps = (ConsentAction.REQUEST, ConsentAction.CONFIRM)
            ledger.take(row, Step.CONFIRM, *steps, evidence=evidence)
            mails.welcome(row)
        else:
            ledger.take(row, Step.ASK, ConsentAction.REQUEST, evidence=evidence)
            asked.append(row)
    if asked:
        mails.ask_to_confirm(*asked)


def meant(slugs: Collection[str]) -> list[Audience]:
    """The audiences of these short names that people may choose; the default one where there is none."""
    found = [audience for audience in queries.public_audiences() if audience.slug in slugs]
    return found[:AT_ONCE] or [queries.default_audience()]


def behind(token: str) -> list[Subscription]:
    """The subscriptions that a confirmation link is about, the first of them first; nothing is changed.

    Raises:
        NotFound: the link is not ours.
        Expired: it has run out or was replaced, or was used by somebody who has left since.
    """
    return [consent.subscription_behind(token), *_others(token)]


def confirm(token: str, *, proof: Proof) -> None:
    """Put in force all that a mailed link stands for; twice is harmless.

    Raises:
        NotFound: the link is not ours.
        Expired: it has run out or was replaced, or was used by somebody who has left since.
    """
    others = _others(token)
    consent.confirm_subscription(token, proof=proof)
    evidence = Evidence(ConsentSource.MAILED_LINK, proof, str(rules.CONFIRM_TEXT))
    for other in others:
        row = ledger.locked(other.id)
        if row is not None and row.state is SubscriptionState.PENDING:
            ledger.take(row, Step.CONFIRM, ConsentAction.CONFIRM, evidence=evidence)


def _others(token: str) -> list[Subscription]:
    """Those that were asked for together with the one that the link names."""
    try:
        named = tokens.find(mails.CONFIRM, token).bound_to
    except Expired:
        return []
    rows = [queries.subscription(int(number)) for number in named.split(",") if number]
    return [row for row in rows if row is not None and row.state is SubscriptionState.PENDING]


def _is_new(row: Subscription) -> bool:
    """Whether nobody of this address ever decided about the audience, and it may be written to."""
    if row.state is not SubscriptionState.PENDING or queries.has_left(row.email, row.audience_id):
        return False
    return mail.suppression_of(emails.key(row.email)) is None
