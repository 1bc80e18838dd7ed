"""The start page: the shop's name and the three ways in."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import current_session
from portal.foundation.access import public

start = Blueprint("start", __name__)


@start.get("/")
@public
def show() -> ResponseReturnValue:
    if current_session() is not None:
        return redirect(url_for("overview.show"), 303)
    return render_template("storefront/start.html")
