"""Consent to be reached on a channel: lines of a ledger that only grows; the newest of a channel is how it stands."""

from collections.abc import Mapping
from datetime import datetime

from portal.audit.service import Actor, record
from portal.customers import queries
from portal.customers.models import Channel, ChannelAction, ChannelConsent, ChannelSource, Customer
from portal.customers.service.records import bump, subject
from portal.foundation.clock import now
from portal.foundation.database import db

# E-mail is the newsletter's, which asks in the mailbox itself.
KEPT_HERE = (Channel.SMS, Channel.TELEPHONE, Channel.POST)
FIELD = {Channel.SMS: "sms", Channel.TELEPHONE: "telephone_call", Channel.POST: "post"}  # as audit entries call them


def set_channels(
    customer: Customer,
    wanted: Mapping[Channel, bool],
    *,
    source: ChannelSource,
    words: str,
    by: Actor,
    at: datetime | None = None,
) -> None:
    """Write a line for each channel that stands otherwise than wanted; others are left as they are.

    Args:
        customer: who agrees, or does no longer.
        wanted: by channel, whether they may be reached on it; e-mail is not among them.
        source: where it was said.
        words: what stood beside the tick, or what was said.
        by: who entered it.
        at: when it was said; now, where nothing is told.
    """
    bump(customer)  # first, so that two who say it at once wait for each other
    stands = queries.channel_states(customer.id)
    told = {}
    for channel in KEPT_HERE:
        before, after = stands.get(channel, False), wanted.get(channel, stands.get(channel, False))
        if before == after:
            continue
        action = ChannelAction.GRANT if after else ChannelAction.WITHDRAW
        who = "" if source is ChannelSource.ACCOUNT else by.name[:120]
        line = ChannelConsent(customer_id=customer.id, channel=channel, action=action, source=source, words=words)
        line.who, line.at = who, at or now()
        db.session.add(line)
        told[FIELD[channel]] = (before, after)
    db.session.flush()
    if told:
        record("customer.channels_changed", subject(customer), by=by, changes=told)


def stop_texts(customer: Customer, *, source: ChannelSource, words: str, by: Actor) -> bool:
    """End marketing by text, whether it was ever agreed to or not; returns whether it had not been ended before."""
    bump(customer)
    before = queries.channel_states(customer.id).get(Channel.SMS)
    if before is False:
        return False
    who = by.name[:120] if source is ChannelSource.STAFF else ""
    step = ChannelConsent(customer_id=customer.id, channel=Channel.SMS, action=ChannelAction.WITHDRAW, source=source)
    step.who, step.words = who, words
    db.session.add(step)
    db.session.flush()
    record("customer.channels_changed", subject(customer), by=by, changes={FIELD[Channel.SMS]: (bool(before), False)})
    return True
