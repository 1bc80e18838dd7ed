"""Take pictures of every page of the demo shop, let axe look at each, and write a page that shows them all."""

import html
import re
import shutil
import sys
import tempfile
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, sync_playwright

from portal import create_app
from portal.config import Settings
from tests.journeys.looking import findings, scrolls_sideways
from tests.journeys.mailbox import Kept, html_of
from tests.journeys.pages import SIGHTS, Sight, overlooked
from tests.journeys.person import launch
from tests.journeys.scene import Scene, prepare
from tests.journeys.shop import Shop

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "pictures"
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
STYLE = (
    "body{font:15px/1.5 system-ui;margin:2rem;background:#eee}section{display:flex;gap:1rem;flex-wrap:wrap;"
    "align-items:flex-start}img{border:1px solid #999;max-width:48%}img[src*='-390']{width:220px}h2{margin:2rem 0}"
)


def main(wanted: list[str]) -> int:
    """Look at all pages, or at those whose names contain one of the given words; the exit code is 1 for a finding."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    sights = [sight for sight in SIGHTS if not wanted or any(word in sight.name for word in wanted)]
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shop = Shop.demo(Path(folder))
        shop.open()
        try:
            browser = launch(playwright)
            post = Kept(shop.folder / "mail")
            scene = prepare(browser, shop, post)
            problems += [f"{rule}: no picture shows it" for rule in overlooked(_application(folder), scene)]
            for sight in sights:
                problems += [f"{sight.name}: {problem}" for problem in look_at(scene, sight)]
            look_at_mails(browser, post)
            browser.close()
        finally:
            shop.close()
    _write_index()
    print("\n".join(problems) or f"{len(sights)} pages, nothing found.")
    print(f"Pictures: {PICTURES / 'index.html'}")
    return 1 if problems else 0


def look_at(scene: Scene, sight: Sight) -> list[str]:
    """Picture one page in both widths and schemes; give what is wrong with it."""
    person = scene.people[sight.who]
    person.complaints.clear()
    problems: set[str] = set()
    for width in WIDTHS:
        person.page.set_viewport_size({"width": width, "height": 900})
        try:
            sight.visit(scene)
        except Exception as problem:  # noqa: BLE001 - the other pages want to be seen, too
            return [f"could not be visited: {str(problem).splitlines()[0]}"]
        for scheme in SCHEMES:
            person.page.emulate_media(color_scheme=scheme)
            problems.update(findings(person.page))
            picture = PICTURES / f"{sight.name}-{scheme}-{width}.png"
            person.page.screenshot(path=picture, full_page=True, animations="disabled")
        if scrolls_sideways(person.page):
            problems.add("scrolls sideways at 320 pixels")
    return sorted(problems) + person.complaints


def look_at_mails(browser: Browser, post: Kept) -> None:
    """Picture one mail of each subject."""
    page = browser.new_page()
    for mail in post.every():
        name = "mail-" + re.sub(r"[^a-z0-9]+", "-", str(mail["Subject"]).lower()).strip("-")[:40]
        page.set_content(html_of(mail))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=PICTURES / f"{name}-{scheme}-{width}.png", full_page=True)
    page.close()


def _application(folder: str) -> Flask:
    return create_app(Settings(instance=Path(folder)))


def _write_index() -> None:
    groups: dict[str, list[str]] = {}
    for picture in sorted(PICTURES.glob("*.png")):
        groups.setdefault(picture.stem.rsplit("-", 2)[0], []).append(picture.name)
    parts = [f"<!doctype html><meta charset=utf-8><title>Pictures</title><style>{STYLE}</style>"]
    for name, pictures in groups.items():
        shown = "".join(
            f'<a href="{html.escape(p)}"><img loading="lazy" src="{html.escape(p)}" alt="{html.escape(p)}"></a>'
            for p in pictures
        )
        parts.append(f"<h2>{html.escape(name)}</h2><section>{shown}</section>")
    (PICTURES / "index.html").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
