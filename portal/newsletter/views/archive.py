"""Past issues: for each audience with an archive a list, a feed, and each issue as nobody in particular got it."""

import hashlib

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portal.foundation.access import public
from portal.foundation.errors import NotFound
from portal.foundation.headers import FRAMED_POLICY, FRAMING_POLICY
from portal.foundation.text import _
from portal.newsletter.models import Audience, Campaign
from portal.newsletter.queries import issues
from portal.newsletter.service import publishing

LEADS_ON = "allow-top-navigation-by-user-activation"  # a link that somebody presses opens in the window around it
LETTER_POLICY = f"{FRAMED_POLICY} {LEADS_ON}"
FRESH = "public, max-age=300"

archive = Blueprint("newsletter_archive", __name__, url_prefix=publishing.PATH)


@archive.get("")
@public
def show_all() -> ResponseReturnValue:
    found = [(audience, issues.of_audience(audience.id, 5)) for audience in issues.audiences()]
    return render_template("newsletter/archive.html", found=found, subject=publishing.subject_of)


@archive.get("/of/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    audience = _audience(slug)
    rows = issues.of_audience(audience.id)
    return render_template(
        "newsletter/issues.html",
        audience=audience,
        issues=[(row, publishing.subject_of(row), publishing.summary_of(row)) for row in rows],
    )


@archive.get("/of/<slug>/feed.xml")
@public
def feed(slug: str) -> ResponseReturnValue:
    audience = _audience(slug)
    text = publishing.feed(audience, issues.of_audience(audience.id, 30))
    answer = Response(text, mimetype="application/rss+xml")
    answer.headers["Cache-Control"] = FRESH
    answer.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32])
    return answer.make_conditional(request)


@archive.get("/<public_id>")
@public
def read(public_id: str) -> ResponseReturnValue:
    issue = _issue(public_id)
    page = render_template("newsletter/issue.html", issue=issue, subject=publishing.subject_of(issue))
    return Response(page, headers={"Content-Security-Policy": FRAMING_POLICY})


@archive.get("/<public_id>/mail")
@public
def mail(public_id: str) -> ResponseReturnValue:
    page = publishing.html_of(_issue(public_id)).replace("<head>", '<head><base target="_top">', 1)
    return Response(page, headers={"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"})


def _audience(slug: str) -> Audience:
    found = issues.audience(slug)
    if found is None:
        raise NotFound(_("There is no such newsletter here. Look through all of them."))
    return found


def _issue(public_id: str) -> Campaign:
    found = issues.issue(public_id)
    if found is None:
        raise NotFound(_("This issue can’t be read here."))
    return found
