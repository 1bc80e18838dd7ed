from tests import cast
from portal.accounts import queries
def test_sign_in(app, browser, mailbox):
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    page = browser.send(email=cast.ANN.email, password="wrong", follow=False)
    assert page.status_code == 422, page.text
    page = browser.send(email=cast.ANN.email, password=cast.PASSWORD, follow=False)
    assert page.status_code == 303, page.text
    page = browser.open("/account/security")
    assert page.status_code == 200
