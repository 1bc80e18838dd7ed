"""Files sent for a photo: what is no plain picture is refused at the field, what is taken keeps nothing it brought."""

from io import BytesIO

import pytest
import sqlalchemy as sa
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.customers.models import CustomerPhoto
from portal.foundation import files
from portal.foundation.database import db
from portal.foundation.files import StoredFile
from portal.foundation.headers import FILE_POLICY
from tests import cast
from tests.backoffice.desk import at_desk
from tests.browsing import Forms
from tests.hostile import attacks
from tests.hostile.pictures import NAMES, REFUSED, SCRIPT, TAKEN

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True, scope="session")
PHOTO = "/account/profile/photo"


@pytest.fixture
def ann(app, browser):
    """Ann, signed in."""
    cast.customer(cast.ANN)
    browser.open("/sign-in")
    browser.send(email=cast.ANN.email, password=cast.PASSWORD)
    return browser


def upload(browser, content, name="photo.png", page=PHOTO):
    form = next(form for form in Forms(browser.open(page).text).forms if form["action"] == page)
    secret = form["fields"]["csrf_token"]
    boundary, body = encode_multipart({"csrf_token": secret, "photo": FileStorage(BytesIO(content), name)})
    return browser.client.post(page, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def stored():
    """The bytes of every file that is kept."""
    return [b"".join(files.pieces(row)) for row in db.session.scalars(sa.select(StoredFile))]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plain_picture_is_refused_with_words_at_the_field(ann, name):
    answer = upload(ann, REFUSED[name]())
    at_field = 'id="photo-error"' in answer.text
    refused = answer.status_code == 422 and at_field and stored() == []
    assert attacks.tried("uploads", refused=refused), answer.text


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_is_made_anew_and_keeps_nothing_it_brought(ann, name):
    answer = upload(ann, TAKEN[name]())
    assert answer.status_code == 303
    for content, size in zip(stored(), (256, 64), strict=True):
        picture = Image.open(BytesIO(content), formats=("WEBP",))
        clean = not picture.getexif() and not {b"Secret", SCRIPT[:8], b"EXIF", b"PK\3\4"} & {
            word for word in (b"Secret", SCRIPT[:8], b"EXIF", b"PK\3\4") if word in content
        }
        assert picture.size == (size, size)
        assert attacks.tried("uploads", refused=clean)


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_goes_nowhere(ann, name):
    answer = upload(ann, TAKEN["a PNG"](), name)
    assert answer.status_code == 303
    shown = ann.client.get("/account/profile/photo.webp")
    row = db.session.scalars(sa.select(StoredFile)).first()
    path = files._path(row.key)
    apart = path.is_relative_to(files._root()) and set(row.key) <= set("0123456789abcdef")
    quiet = shown.headers["Content-Disposition"] == 'inline; filename="photo.webp"' and row.name == ""
    assert attacks.tried("uploads", refused=apart and quiet)


def test_a_photo_is_a_picture_and_nothing_else_to_a_browser(ann):
    upload(ann, TAKEN["a PNG"]())
    answer = ann.client.get("/account/profile/photo-64.webp")
    assert answer.mimetype == "image/webp"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_else_sees_it(app, ann, browsers):
    upload(ann, TAKEN["a PNG"]())
    nobody, marketing = browsers(), at_desk(browsers(), "marketing")
    for browser, path, status in (
        (nobody, "/account/profile/photo.webp", 303),
        (nobody, "/staff/customers/T-ANN/photo.webp", 303),
        (marketing, "/staff/customers/T-ANN/photo.webp", 403),
    ):
        refused = browser.client.get(path).status_code == status
        assert attacks.tried("uploads", refused=refused)
    assert at_desk(browsers(), "clerk").client.get("/staff/customers/T-ANN/photo.webp").status_code == 200


def test_another_photo_replaces_the_one_before_and_its_bytes_go(ann):
    upload(ann, TAKEN["a PNG"]())
    first = {row.key for row in db.session.scalars(sa.select(StoredFile))}
    upload(ann, TAKEN["a WebP"]())
    assert not first & {row.key for row in db.session.scalars(sa.select(StoredFile))}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 2
    ann.open(PHOTO)
    ann.send("/remove")
    assert stored() == []
    assert db.session.scalar(sa.select(CustomerPhoto.id)) is None
    assert ann.client.get("/account/profile/photo.webp").status_code == 404


def test_bytes_that_are_gone_are_not_found(ann):
    upload(ann, TAKEN["a PNG"]())
    for row in db.session.scalars(sa.select(StoredFile)):
        files._path(row.key).unlink()
    assert ann.client.get("/account/profile/photo.webp").status_code == 404


def test_a_picture_lies_as_it_was_held(ann):
    upload(ann, TAKEN["a JPEG that tells where it was"]())
    assert Image.open(BytesIO(stored()[0])).size == (256, 256)


def test_a_form_without_a_file_and_with_a_text_in_its_place_is_refused(ann):
    form = next(form for form in Forms(ann.open(PHOTO).text).forms if form["action"] == PHOTO)
    for data in ({}, {"photo": "text"}):
        answer = ann.client.post(PHOTO, data={"csrf_token": form["fields"]["csrf_token"], **data})
        assert answer.status_code == 422
        assert "Choose a picture" in answer.text
