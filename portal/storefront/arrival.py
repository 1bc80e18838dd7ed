"""What confirming and accepting an invitation end with: signed in, or told why not."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.errors import EmailTaken
from portal.accounts.guards import enter, remember_device
from portal.accounts.models import Realm
from portal.foundation import database
from portal.foundation.errors import DomainError, NotFound
from portal.storefront.service import Opened


def arrive(opened: Opened) -> ResponseReturnValue:
    """Sign the browser in and lead it to where its account stands."""
    if opened.handle is None:
        return render_template("storefront/disabled.html")
    enter(opened.handle, Realm.CUSTOMER)
    remember_device(opened.device)
    if opened.account.held_for:
        return redirect(url_for("waiting.show"), 303)
    flash(gettext("Welcome. Your email address is confirmed and your account is ready."), "ok")
    return redirect(url_for("overview.show"), 303)


def link_over(error: DomainError, *, email: str = "", again: str = "") -> ResponseReturnValue:
    """The page of a mailed link that no longer works; `again` is where a new one can be asked for."""
    database.rollback()
    done, unknown = isinstance(error, EmailTaken), isinstance(error, NotFound)
    title = gettext("We don’t know this link") if unknown else gettext("This link no longer works")
    if done:
        title = gettext("You’re confirmed already")
    page = render_template(
        "storefront/link_over.html", title=title, message=str(error), done=done, email=email, again=again
    )
    return page, 404 if unknown else 410
