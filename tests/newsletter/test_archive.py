"""Past issues: who may read which, without anybody's name or links, and the feed."""

from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa

from portal.foundation.clock import now
from portal.foundation.database import db
from portal.newsletter import queries
from portal.newsletter.models import Campaign, CampaignContent, CampaignState

HTML = (
    '<html><head></head><body><p>Dear {{ first_name | default: "<friend>" }} of {{ shop }}</p>'
    '<a href="{{ unsubscribe_url }}">Stop</a><a href="{{ view_url }}">Read</a><script>alert(1)</script></body></html>'
)


@pytest.fixture
def issue(app):
    """An issue that was sent, of an audience with an archive."""
    audience = queries.default_audience()
    audience.has_archive = True
    content = CampaignContent(
        sender="News <news@demo.example>",
        subject='Lamps & "more" for {{ first_name | default: "you" }} <b>\x0b',
        preview_text="Warm light",
        html=HTML,
        text="Lamps",
    )
    row = Campaign(
        public_id="lamps1",
        audience_id=audience.id,
        name="Lamps",
        state=CampaignState.FINISHED,
        content=content,
        is_archived=True,
        started_at=now(),
    )
    db.session.add(row)
    db.session.commit()
    return row


PATHS = ("/newsletter/archive/lamps1", "/newsletter/archive/lamps1/mail")


def change(**values):
    db.session.execute(sa.update(Campaign).values(**values))
    db.session.commit()


def slug():
    return queries.default_audience().slug


def test_an_issue_is_read_without_anybodys_name_or_links(client, issue):
    page = client.get(PATHS[0])
    assert page.status_code == 200
    assert "noindex" not in page.text
    assert "Lamps &amp; &#34;more&#34; for you" in page.text
    mail = client.get(PATHS[1])
    assert "Dear &lt;friend&gt; of Northgate Goods" in mail.text
    assert 'href="http://localhost/newsletter"' in mail.text
    assert "/u/" not in mail.text
    policy = mail.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "values",
    [
        {"is_archived": False},
        {"state": CampaignState.DRAFT},
        {"state": CampaignState.SCHEDULED},
        {"state": CampaignState.CANCELLED},
        {"started_at": None},
    ],
)
def test_what_is_not_out_is_read_by_nobody(client, issue, values):
    change(**values)
    assert {client.get(path).status_code for path in PATHS} == {404}
    assert "Lamps" not in client.get("/newsletter/archive").text
    assert "Lamps" not in client.get(f"/newsletter/archive/of/{slug()}/feed.xml").text


@pytest.mark.parametrize("flag", ["has_archive", "is_public"])
def test_an_audience_without_an_archive_or_not_public_shows_nothing(client, issue, flag):
    setattr(queries.default_audience(), flag, False)
    db.session.commit()
    paths = (*PATHS, f"/newsletter/archive/of/{slug()}", f"/newsletter/archive/of/{slug()}/feed.xml")
    assert {client.get(path).status_code for path in paths} == {404}


def test_the_lists_lead_to_it(client, issue):
    assert PATHS[0] in client.get("/newsletter/archive").text
    listed = client.get(f"/newsletter/archive/of/{slug()}").text
    assert PATHS[0] in listed
    assert "Warm light" in listed
    assert "application/rss+xml" in listed


def test_the_feed_is_valid_escaped_and_asked_for_twice_costs_nothing(client, issue):
    answer = client.get(f"/newsletter/archive/of/{slug()}/feed.xml")
    assert answer.mimetype == "application/rss+xml"
    channel = ET.fromstring(answer.text).find("channel")  # noqa: S314 - what the portal wrote itself
    assert [channel.find(name) is not None for name in ("title", "link", "description")] == [True] * 3
    item = channel.find("item")
    assert item.findtext("title") == 'Lamps & "more" for you <b>'
    assert item.findtext("link") == item.findtext("guid") == "http://localhost/newsletter/archive/lamps1"
    assert item.findtext("pubDate").endswith("+0000")
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["x", "%00", "x" * 10_000, "of/x", "of/%00/feed.xml", "../../staff"])
def test_what_is_unknown_is_not_found(client, app, path):
    assert client.get(f"/newsletter/archive/{path}").status_code in (400, 404)
