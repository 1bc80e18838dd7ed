"""Marketing works with audiences, and with nothing else."""

import csv
from pathlib import Path

from tests.journeys.audience_pages import build
from tests.journeys.steps import Newcomer, confirm, register


def test_an_export_of_subscribers_opens_in_a_spreadsheet_without_running_anything(member, somebody, post):
    sly = Newcomer("Sly", "=1+1")
    customer = somebody()
    register(customer, sly, newsletter=True)
    confirm(customer, post, sly)

    marketing = member("marketing")
    marketing.open("/staff/audiences")
    marketing.main.locator("tbody a, .list a").first.click()
    with marketing.page.expect_download() as download:
        marketing.main.get_by_text("Export", exact=False).first.click()
    rows = list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))

    assert any(sly.email in row for row in rows)
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_customers_and_approvals_are_neither_offered_nor_open_to_marketing(member):
    marketing = member("marketing")
    marketing.open("/staff")
    for path in ("/staff/customers", "/staff/approvals", "/staff/groups"):
        assert marketing.page.locator(f'a[href="{path}"]').count() == 0
        assert marketing.open(path).status == 403
    assert marketing.open("/staff/audiences").status == 200


def test_marketing_builds_a_segment_and_sees_how_many_it_has(member):
    marketing = member("marketing")
    marketing.open("/staff/audiences")
    marketing.main.locator("a.row-link").first.click()
    marketing.main.get_by_role("link", name="Segments").click()
    marketing.main.get_by_role("link", name="Build a segment").first.click()
    build(marketing, "Lately, or in India")
    marketing.sees("may be mailed")
    marketing.main.get_by_role("link", name="Segments").click()
    marketing.sees("Country is India or Last sign-in was in the last 60 days")
