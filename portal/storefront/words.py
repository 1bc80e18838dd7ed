"""The shop's own words: help, privacy and terms."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.config import settings
from portal.foundation.access import public
from portal.storefront.terms import TERMS_OF

words = Blueprint("words", __name__)


@words.get("/help")
@public
def show_help() -> ResponseReturnValue:
    return render_template("storefront/help.html", question=settings().security_question != "off")


@words.get("/privacy")
@public
def show_privacy() -> ResponseReturnValue:
    return render_template("storefront/privacy.html", question=settings().security_question != "off")


@words.get("/terms")
@public
def show_terms() -> ResponseReturnValue:
    return render_template("storefront/terms.html", since=TERMS_OF)
