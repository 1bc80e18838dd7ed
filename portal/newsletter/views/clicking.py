"""The counted link of a mail: on to where it leads, and nowhere else."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from portal.foundation import database
from portal.foundation.access import public
from portal.newsletter.service import clicking

NO = "1"  # of the headers DNT and Sec-GPC

clicking_pages = Blueprint("clicking", __name__)


@clicking_pages.get("/c/<token>")
@public
def follow(token: str) -> ResponseReturnValue:
    """Go on to an address that stands in the table; who asks not to be followed is not noted."""
    link, subscription_id = clicking.behind(token)
    allows_it = NO not in (request.headers.get("DNT"), request.headers.get("Sec-GPC"))
    if allows_it and clicking.is_due(link, subscription_id):
        browser, is_head = request.headers.get("User-Agent", ""), request.method == "HEAD"
        database.note_if_possible(lambda: clicking.touch(link, subscription_id, browser=browser, is_head=is_head))
    response = redirect(link.url, 302)
    response.headers["Cache-Control"] = "no-store"
    response.set_data(b"")  # nobody reads it, and no page of ours names addresses elsewhere
    return response
