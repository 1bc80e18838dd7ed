"""My telephones, and on which channels I agree to be reached."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import acting_customer, customer_required
from portal.config import settings
from portal.customers import queries
from portal.customers.fields import TELEPHONE_KINDS
from portal.customers.forms import ChannelsForm, MoreTelephoneForm
from portal.customers.guards import current_customer
from portal.customers.models import ChannelSource, TelephoneKind
from portal.customers.pages.reaching import KEPT_WORDS, primary_first
from portal.customers.rules import telephones as rules
from portal.customers.service import channels, telephones
from portal.foundation.errors import Conflict
from portal.foundation.text import _, lazy

CHANNELS_TEXT = lazy("The shop may tell me about offers and news by:")  # kept in the ledger as it stood

reaching = Blueprint("reaching", __name__, url_prefix="/account/profile")


@reaching.get("/telephones")
@customer_required
def show_telephones() -> ResponseReturnValue:
    return _telephones(MoreTelephoneForm(formdata=None))


@reaching.post("/telephones")
@customer_required
def add_telephone() -> ResponseReturnValue:
    form = MoreTelephoneForm()
    if not form.validate():
        return _telephones(form), 422
    kind = TelephoneKind(form.text("kind") or TelephoneKind.MOBILE)
    try:
        telephones.add_telephone(current_customer(), form.text("telephone"), kind, by=acting_customer())
    except Conflict as refusal:
        form.refuse("telephone", refusal)
        return _telephones(form), 422
    return _to_telephones(_("Telephone added."))


@reaching.post("/telephones/<int:telephone_id>/primary")
@customer_required
def make_primary(telephone_id: int) -> ResponseReturnValue:
    telephones.make_primary(current_customer(), telephone_id, by=acting_customer())
    return _to_telephones(_("We call this telephone first now."))


@reaching.post("/telephones/<int:telephone_id>/remove")
@customer_required
def remove_telephone(telephone_id: int) -> ResponseReturnValue:
    telephones.remove_telephone(current_customer(), telephone_id, by=acting_customer())
    return _to_telephones(_("Telephone removed."))


@reaching.get("/channels")
@customer_required
def show_channels() -> ResponseReturnValue:
    stands = queries.channel_states(current_customer().id)
    return _channels([channel.value for channel, agreed in stands.items() if agreed])


@reaching.post("/channels")
@customer_required
def set_channels() -> ResponseReturnValue:
    customer, form = current_customer(), ChannelsForm()
    if not form.validate():
        return _channels(form.channels.data or [], form.words), 422
    wanted = {channel: channel.value in (form.channels.data or []) for channel in channels.KEPT_HERE}
    source, words = ChannelSource.ACCOUNT, str(CHANNELS_TEXT)
    channels.set_channels(customer, wanted, source=source, words=words, by=acting_customer())
    flash(_("Your choice is saved."), "ok")
    return redirect(url_for("profile.show"), 303)


def _telephones(form: MoreTelephoneForm) -> str:
    home = settings().shop_country
    return render_template(
        "customers/profile/telephones.html",
        telephones=[(row, rules.shown(row, home)) for row in primary_first(current_customer())],
        kinds=dict(TELEPHONE_KINDS),
        kind_options=TELEPHONE_KINDS,
        values=form.typed,
        errors=form.words,
    )


def _channels(ticked: list[str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "customers/profile/channels.html",
        text=CHANNELS_TEXT,
        options=[(channel.value, words) for channel, words in KEPT_WORDS.items()],
        ticked=ticked,
        errors=errors or {},
    )


def _to_telephones(words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(url_for("reaching.show_telephones"), 303)
