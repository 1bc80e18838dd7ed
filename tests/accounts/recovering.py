"""The steps of a recovery, as somebody at a browser takes them."""

from tests import cast
from tests.mails import link_in

NEW = "violet ladder harbour"


def ask(browser, mailbox, email=cast.ANN.email):
    """Ask for a link and find it in the mailbox."""
    browser.open("/recover")
    assert browser.send("/recover", email=email).request.path == "/recover/sent"
    return link_in(mailbox()[-1], "/recover/")


def answer(browser, text):
    """Answer the question that the page shows."""
    return browser.send(follow=False, security_answer=text)


def choose(browser, password=NEW):
    """Send a new password."""
    return browser.send(follow=False, password=password, confirm_password=password)


def recover(browser, link):
    """Go all the way."""
    browser.open(link)
    browser.send(security_answer=cast.ANSWER)
    return choose(browser)
