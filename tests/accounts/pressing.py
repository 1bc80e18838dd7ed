"""Mailed links that show one button."""

from tests.browsing import Browser, Forms


def press(browser: Browser, link: str):
    """Open a mailed link and press its button, the last of the page; a refusal comes back as it is."""
    page = browser.open(link)
    if page.status_code != 200:
        return page
    token = Forms(page.text).forms[-1]["fields"]["csrf_token"]
    return browser._arrive(browser.client.post(link, data={"csrf_token": token}, follow_redirects=True))
