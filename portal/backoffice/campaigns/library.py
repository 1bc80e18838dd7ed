"""The library of pictures: looked through, added to, and taken from where no campaign shows it."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.backoffice import listing
from portal.backoffice.campaigns.finding import PATH
from portal.backoffice.campaigns.forms import PictureForm
from portal.foundation import pictures
from portal.foundation.errors import NotFound
from portal.foundation.text import _
from portal.foundation.uploads import takes_files
from portal.newsletter.errors import PictureRefused, PictureShown
from portal.newsletter.models import LibraryPicture
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.service import library as service
from portal.newsletter.service import wording
from portal.staff.guards import acting_member, staff_required
from portal.staff.rules import Permission

BODY = pictures.LARGEST + 1024 * 1024  # bytes of a request: what is a little too large is told at the field
PAGE = f"{PATH}/pictures"

library = Blueprint("campaign_pictures", __name__, url_prefix=PAGE)


@library.get("")
@staff_required(Permission.CAMPAIGN_VIEW)
def show() -> ResponseReturnValue:
    return _page(PictureForm(formdata=None))


@library.post("")
@takes_files(BODY)
@staff_required(Permission.CAMPAIGN_EDIT)
def add() -> ResponseReturnValue:
    form, file = PictureForm(), request.files.get("picture")
    errors, made = {} if form.validate() else form.words, b""
    try:
        made = service.made_of(file.stream.read(pictures.LARGEST + 1) if file is not None else b"")
    except PictureRefused as refusal:
        errors = {"picture": str(refusal), **errors}
    if errors:
        return _page(form, errors), 422
    row = service.add(made, form.text("name"), form.text("alt"), by=acting_member())
    flash(_("“%(name)s” is in the library.", name=row.name), "ok")
    return redirect(PAGE, 303)


@library.get("/<int:number>")
@staff_required(Permission.CAMPAIGN_VIEW)
def one(number: int) -> ResponseReturnValue:
    return _one_page(_found(number))


@library.post("/<int:number>/remove")
@staff_required(Permission.CAMPAIGN_EDIT)
def remove(number: int) -> ResponseReturnValue:
    picture = _found(number)
    try:
        name = service.remove(picture, by=acting_member())
    except PictureShown as refusal:
        return _one_page(picture, str(refusal)), 409
    flash(_("“%(name)s” is deleted.", name=name), "ok")
    return redirect(PAGE, 303)


def _found(number: int) -> LibraryPicture:
    picture = queries.picture(number)
    if picture is None:
        raise NotFound(_("There is no such picture."))
    return picture


def _page(form: PictureForm, errors: dict[str, str] | None = None) -> str:
    page = queries.pictures(after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/campaigns/pictures.html",
        page=page,
        address_of=wording.picture_path,
        typed=form.typed,
        errors=errors or {},
        **listing.neighbours(PAGE, {}, page),
    )


def _one_page(picture: LibraryPicture, refusal: str = "") -> str:
    return render_template(
        "backoffice/campaigns/picture.html",
        picture=picture,
        address=wording.picture_path(picture),
        shown_in=queries.shown_in(picture.id),
        refusal=refusal,
    )
