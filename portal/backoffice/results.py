"""What came of a campaign and how an audience changes: figures, charts with their tables, and the same as a file."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime

from portal.backoffice.audiences import finding as audience_finding
from portal.backoffice.campaigns import finding
from portal.foundation import csvfile
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.newsletter.bounces import watching
from portal.newsletter.models import Campaign
from portal.newsletter.queries import results as queries
from portal.newsletter.queries.results import DomainSums, Sums
from portal.newsletter.rules import exclusions
from portal.staff.guards import staff_required
from portal.staff.rules import Permission

results = Blueprint("results", __name__, url_prefix="/staff")

FEW = 3  # mails of one domain of which nobody tells anything
HEADER = ("part", "name", "figure", "value")


@results.get("/campaigns/<int:number>/results")
@staff_required(Permission.CAMPAIGN_VIEW)
def of_campaign(number: int) -> ResponseReturnValue:
    campaign = _sent(number)
    sums = queries.of_campaign(campaign)
    return render_template(
        "backoffice/results/campaign.html",
        campaign=campaign,
        path=finding.path_of(campaign),
        tabs=finding.tabs(campaign),
        state=finding.STATES[campaign.state],
        sums=sums,
        figures=_figures(sums),
        ends=_ends(sums),
        left_out=[(exclusions.in_words(reason), n) for reason, n in sorted(campaign.excluded.items())],
        clicks=_clicks(campaign),
        links=[(one.label, one.people, f"{one.people:,}") for one in queries.links_of(campaign.id)],
        domains=[_domain(one, campaign) for one in queries.domains_of(campaign.id)],
    )


@results.get("/campaigns/<int:number>/results.csv")
@staff_required(Permission.CAMPAIGN_VIEW)
def as_file(number: int) -> ResponseReturnValue:
    """Every number of the page, one a line."""
    campaign = _sent(number)
    response = Response(b"".join(csvfile.written(HEADER, _lines(campaign))), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{campaign.id}.csv"'
    return response


@results.get("/audiences/<int:audience_id>/results")
@staff_required(Permission.AUDIENCE_VIEW)
def of_audience(audience_id: int) -> ResponseReturnValue:
    audience = audience_finding.audience_of(audience_id)
    newest = queries.newest_of(audience.id)
    return render_template(
        "backoffice/results/audience.html",
        audience=audience,
        tabs=audience_finding.tabs(audience),
        growth=_growth(audience.id),
        rows=[_campaign_row(sums) for sums in newest],
    )


def _sent(number: int) -> Campaign:
    campaign = finding.found(number)
    if campaign.started_at is None:
        raise NotFound(_("This campaign has not been sent, so nothing has come of it yet."))
    return campaign


def _figures(sums: Sums) -> list[tuple[str, str, str]]:
    """Label, value and comparison of the cards."""
    accepted, result = sums.accepted, sums.result
    limit = share(watching.COMPLAINTS * 1000, 1000)
    rows = [
        (_("Delivered"), share(sums.delivered, sums.sent), _of(sums.delivered, sums.sent)),
        (_("Came back"), share(sums.bounced, sums.sent), _("%(hard)s for good", hard=f"{result.hard:,}")),
        (_("Unsubscribed"), share(result.unsubscribes, accepted), people(result.unsubscribes)),
        (
            _("Complained"),
            share(result.complaints, accepted),
            _("%(people)s, the limit is %(limit)s", people=people(result.complaints), limit=limit),
        ),
    ]
    if sums.campaign.tracks_clicks:
        rows.insert(1, (_("Clicked"), f"{result.clickers:,}", _("people, of those who let it be counted")))
    return rows


def _ends(sums: Sums) -> list[tuple[str, int, str, str]]:
    """Where every mail of the ledger ended, as the parts of one bar."""
    settled = sums.settled
    rows = [
        (_("Delivered"), sums.delivered, "f1"),
        (_("Came back later"), sums.accepted - sums.delivered, "f2"),
        (_("Refused by the mail server"), settled["rejected"], "f4"),
        (_("Skipped: left or came back meanwhile"), settled["skipped"], "f5"),
        (_("In doubt"), settled["unknown"], "f3"),
        (_("Given up"), settled["failed"], "f2"),
        (_("Cancelled before they began"), settled["cancelled"], "f5"),
        (_("Yet to come"), sums.waiting, "f0"),
    ]
    return [(words, n, f"{n:,}", fill) for place, (words, n, fill) in enumerate(rows) if n or place == 0]


def _clicks(campaign: Campaign) -> dict[str, Any]:
    """Clicks by hour as the line chart takes them; nothing for a campaign that counts none."""
    hours = queries.hours_of(campaign) if campaign.tracks_clicks else []
    if not hours:
        return {}
    top = _top(max(max(people, scans) for _at, people, scans in hours))
    said = [str(format_datetime(at, "d MMM, HH:mm")) for at, _people, _scans in hours]
    table = [[at, f"{n:,}", f"{m:,}"] for at, (_at, n, m) in zip(said, hours, strict=True) if n or m]
    return {
        "series": [
            {"name": _("People, by their first click"), "values": [people for _at, people, _scans in hours]},
            {"name": _("Programs"), "values": [scans for _at, _people, scans in hours]},
        ],
        "ticks": [f"{top:,}", f"{top // 2:,}", "0"],
        "x": [said[0], said[len(said) // 2], said[-1]],
        "top": top,
        "table": {"head": [_("Hour"), _("People"), _("Programs")], "rows": table},
    }


def _domain(one: DomainSums, campaign: Campaign) -> dict[str, Any]:
    many = one.bounced > max(watching.BOUNCES * one.sent, FEW) or one.complained > max(
        watching.COMPLAINTS * one.sent, FEW
    )
    return {
        "name": one.name or _("All others"),
        "sent": f"{one.sent:,}",
        "accepted": f"{one.accepted:,}",
        "bounced": f"{one.bounced:,}",
        "complained": f"{one.complained:,}",
        "clicked": f"{one.clicked:,}" if campaign.tracks_clicks else "—",
        "state": ("bad", _("Many come back or complain")) if many else ("ok", _("Good")),
    }


def _lines(campaign: Campaign) -> Iterator[tuple[csvfile.Value, ...]]:
    sums = queries.of_campaign(campaign)
    yield ("campaign", campaign.name, "candidates", campaign.candidates)
    yield from (("left out", reason, "people", number) for reason, number in sorted(campaign.excluded.items()))
    yield from (("handed over", "", name, number) for name, number in sums.settled.items())
    names = ("hard", "soft", "policy", "complaints", "unsubscribes", "late", "clickers", "clicks", "scans")
    yield from (("came of it", "", name, getattr(sums.result, name)) for name in names)
    for link in queries.links_of(campaign.id):
        yield from (("link", link.url, name, getattr(link, name)) for name in ("people", "clicks", "scans"))
    for domain in queries.domains_of(campaign.id, most=1000):
        figures = ("sent", "accepted", "bounced", "complained", "clicked")
        yield from (("domain", domain.name or "others", name, getattr(domain, name)) for name in figures)
    for at, clickers, scans in queries.hours_of(campaign):
        if clickers or scans:
            yield ("hour", at.strftime("%Y-%m-%d %H:%M"), "people", clickers)
            yield ("hour", at.strftime("%Y-%m-%d %H:%M"), "programs", scans)


def _growth(audience_id: int) -> dict[str, Any]:
    """Who came and who left by week, as the line chart takes it."""
    weeks = queries.weeks_of(audience_id)
    top = _top(max(max(week.joined, week.left) for week in weeks))
    said = [str(format_date(week.first, "d MMM")) for week in weeks]
    rows = [
        [day, f"{week.joined:,}", f"{week.left:,}", _net(week.joined - week.left)]
        for day, week in zip(said, weeks, strict=True)
    ]
    return {
        "series": [
            {"name": _("Joined"), "values": [week.joined for week in weeks]},
            {"name": _("Left"), "values": [week.left for week in weeks]},
        ],
        "ticks": [f"{top:,}", f"{top // 2:,}", "0"],
        "x": [said[0], said[len(said) // 2], said[-1]],
        "top": top,
        "net": _net(sum(week.joined - week.left for week in weeks)),
        "table": {"head": [_("Week from"), _("Joined"), _("Left"), _("Net")], "rows": rows[::-1]},
    }


def _net(number: int) -> str:
    """A difference with its sign."""
    return f"{number:+,}".replace("-", "−") if number else "0"


def _campaign_row(sums: Sums) -> dict[str, Any]:
    result, accepted = sums.result, sums.accepted
    return {
        "id": sums.campaign.id,
        "name": sums.campaign.name,
        "at": sums.campaign.started_at,
        "delivered": f"{sums.delivered:,}",
        "bounced": share(sums.bounced, sums.sent),
        "complained": share(result.complaints, accepted),
        "unsubscribed": share(result.unsubscribes, accepted),
        "clicked": f"{result.clickers:,}" if sums.campaign.tracks_clicks else "—",
    }


def share(part: float, whole: int) -> str:
    """A part in hundredths, with as many digits as say something; a dash of nothing."""
    if not whole:
        return "—"
    hundredths = part * 100 / whole
    return f"{hundredths:.2g}%" if 0 < hundredths < 10 else f"{hundredths:.1f}%".replace(".0%", "%")


def people(number: int) -> str:
    """A number of people in words."""
    return _("1 person") if number == 1 else _("%(n)s people", n=f"{number:,}")


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s", part=f"{part:,}", whole=f"{whole:,}")


def _top(number: int) -> int:
    """The next even number with one or two digits that are not nothing, for the top of a chart."""
    unit: int = 10 ** max(len(str(number)) - 2, 0)
    return max(-(-number // (2 * unit)) * 2 * unit, 2)
