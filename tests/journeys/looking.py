"""What a page must not have: findings of axe, complaints of the console, a horizontal scroll bar."""

from pathlib import Path

from playwright.sync_api import BrowserContext, Page

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
NARROWEST = 320  # pixels: 1280 at 400 % zoom
WIDER_THAN_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Style sheets and media are not fetched once more: of the rules that run, only one of sound that plays by itself asks.
# Frames, such as that of a kept mail, have no axe that could answer, and those in a sandbox complain of being asked.
RUN_AXE = """async more => (await axe.run({
    resultTypes: ['violations'], preload: false, iframes: false, ...more})).violations.map(
    rule => `${rule.id}: ${rule.help} (${rule.nodes.map(node => node.target.join(' ')).slice(0, 4).join(', ')})`)"""


LOOKS = {"runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]}


def findings(page: Page, rules: dict[str, list[str]] | None = None) -> list[str]:
    """What axe says about the page as it is, by all of its rules or by some, such as those of looks."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return [str(finding) for finding in page.evaluate(RUN_AXE, rules or {})]


def scrolls_sideways(page: Page) -> bool:
    """Whether the page is wider than the narrowest screen, on which it then stays."""
    size = page.viewport_size
    if size is None or size["width"] != NARROWEST:
        page.set_viewport_size({"width": NARROWEST, "height": 800})
    return bool(page.evaluate(WIDER_THAN_SCREEN))


def keep_axe(context: BrowserContext) -> None:
    """Have every page of somebody begin with axe: to bring it to each anew is a sixth of the work of looking."""
    context.add_init_script(AXE)


def begin_anew(page: Page) -> None:
    """A wide screen in light colours for the next page; the one that stands there is not laid out once more for it."""
    page.evaluate("document.documentElement.replaceChildren()")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
