"""Members of staff: listed, invited, given roles, dismissed, brought back."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.guards import fresh_sign_in_required
from portal.audit.service import Actor
from portal.backoffice import listing
from portal.backoffice.staff_forms import ALL_STORES, InviteForm, RolesForm
from portal.foundation import form_keys
from portal.foundation.errors import NotFound
from portal.foundation.text import _, lazy
from portal.staff import queries, service
from portal.staff.errors import ChangedMeanwhile, NotAnAddress, UnknownRole, WorksHere
from portal.staff.guards import acting_member, rights, staff_required
from portal.staff.models import Role, StaffMember
from portal.staff.rules import OWNER_ROLE, Given, Permission
from portal.staff.service.giving import Place, given_of, objection, refuse_leaving, refuse_member, refuse_own
from portal.stores import queries as stores
from portal.stores.models import Store

PATH = "/staff/members"
ONE = "/<int:member_id>"
AT = {WorksHere: "email", NotAnAddress: "email", UnknownRole: "given"}  # the field at fault
STATES = {
    "active": ("ok", lazy("Active")),
    "invited": ("wait", lazy("Invited")),
    "dismissed": ("off", lazy("Dismissed")),
}

members = Blueprint("members", __name__, url_prefix=PATH)


@members.get("")
@staff_required(Permission.MEMBER_VIEW)
def show() -> ResponseReturnValue:
    gone = request.args.get("state") == "dismissed"
    page = queries.page(dismissed=gone, after=request.args.get("after", ""), before=request.args.get("before", ""))
    return render_template(
        "backoffice/members/list.html",
        page=page,
        gone=gone,
        total=queries.count(dismissed=gone),
        state_of=state_of,
        guarded=queries.with_second_step(page.rows),
        **listing.neighbours(PATH, {"state": "dismissed" if gone else ""}, page),
    )


@members.get(ONE)
@staff_required(Permission.MEMBER_VIEW)
def look(member_id: int) -> ResponseReturnValue:
    """One member, and whatever the reader may do to them."""
    member = _found(member_id)
    return render_template(
        "backoffice/members/show.html",
        member=member,
        path=_path(member),
        state=state_of(member),
        guarded=bool(queries.with_second_step([member])),
        own=objection(refuse_own, member, acting_member()),
        objection=objection(refuse_member, member, acting_member()),
        stays=objection(refuse_leaving, member, acting_member()),
    )


@members.get("/new")
@staff_required(Permission.MEMBER_MODIFY)
@fresh_sign_in_required
def ask() -> ResponseReturnValue:
    return _invite_page(_offered(InviteForm(formdata=None)))


@members.post("/new")
@staff_required(Permission.MEMBER_MODIFY)
@fresh_sign_in_required
def invite() -> ResponseReturnValue:
    form = _offered(InviteForm())
    if not form.validate():
        return _invite_page(form), 422
    key = form_keys.first_use(form.text("form_key"))
    if key is None:
        return redirect(PATH, 303)
    places = form.places(stores.every())
    try:
        member = service.invite_by_mail(form.text("email"), form.text("name"), places, acting_member())
    except tuple(AT) as refusal:
        form_keys.give_back(key)
        form.refuse(AT[type(refusal)], refusal)
        return _invite_page(form), 422
    flash(_("An invitation is on its way to %(email)s.", email=member.email), "ok")
    return redirect(_path(member), 303)


@members.get(f"{ONE}/roles")
@staff_required(Permission.MEMBER_MODIFY)
@fresh_sign_in_required
def ask_roles(member_id: int) -> ResponseReturnValue:
    member = _found(member_id)
    refuse_own(member, acting_member())
    return _roles_page(_offered(RolesForm(formdata=None, obj=member), member), member, given_of(member))


@members.post(f"{ONE}/roles")
@staff_required(Permission.MEMBER_MODIFY)
@fresh_sign_in_required
def change_roles(member_id: int) -> ResponseReturnValue:
    """Save the ticks; what the giver could not pass on has none on the page, and stays as it is."""
    member = _found(member_id)
    form = _offered(RolesForm(), member)
    if not form.validate():
        return _roles_page(form, member, given_of(member)), 422
    shops = stores.every()
    wanted = form.places(shops) | {place for place in given_of(member) if not _may_pass_on(place)}
    try:
        service.change_roles(member, wanted, version=form.version.data or 0, by=acting_member())
    except UnknownRole as refusal:
        form.refuse("given", refusal)
        return _roles_page(form, member, wanted), 422
    except ChangedMeanwhile as refusal:
        return _both_versions(member, wanted, str(refusal)), 409
    flash(_("The roles of %(name)s are saved. They count from the next page that they open.", name=member.name), "ok")
    return redirect(_path(member), 303)


@members.post(f"{ONE}/link")
@staff_required(Permission.MEMBER_MODIFY)
def send_link(member_id: int) -> ResponseReturnValue:
    member = _found(member_id)
    service.send_link(member, acting_member())
    return _done(member, _("A link is on its way to %(email)s.", email=member.email))


@members.get(f"{ONE}/dismiss")
@staff_required(Permission.MEMBER_MODIFY)
def ask_dismiss(member_id: int) -> ResponseReturnValue:
    member = _found(member_id)
    refuse_leaving(member, acting_member())
    return render_template("backoffice/members/dismiss.html", member=member, path=_path(member))


@members.post(f"{ONE}/dismiss")
@staff_required(Permission.MEMBER_MODIFY)
def dismiss(member_id: int) -> ResponseReturnValue:
    return _act(member_id, service.dismiss, _("%(name)s no longer works here, and is signed out everywhere."))


@members.post(f"{ONE}/back")
@staff_required(Permission.MEMBER_MODIFY)
@fresh_sign_in_required
def bring_back(member_id: int) -> ResponseReturnValue:
    return _act(member_id, service.bring_back, _("%(name)s can come back: a link is on its way to them."))


def state_of(member: StaffMember) -> tuple[str, str]:
    """How things stand with a member, as a pill takes it: dismissed, invited until they chose a password, or active."""
    if member.dismissed_at is not None:
        return STATES["dismissed"]
    return STATES["active" if member.account is not None and member.account.is_enabled else "invited"]


def _found(member_id: int) -> StaffMember:
    member = queries.by_id(member_id)
    if member is None:
        raise NotFound(_("There is no such member of staff. Look in the list."))
    return member


def _path(member: StaffMember) -> str:
    return url_for("members.look", member_id=member.id)


def _act(member_id: int, verb: Callable[[StaffMember, Actor], None], words: str) -> ResponseReturnValue:
    member = _found(member_id)
    verb(member, acting_member())
    return _done(member, words % {"name": member.name})


def _done(member: StaffMember, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(_path(member), 303)


def _may_pass_on(place: Place) -> bool:
    role_id, store_id = place
    role = queries.role(role_id)
    return role is not None and rights().covers(Given(queries.grants_of(role), store_id))


def _shops(member: StaffMember | None) -> list[Store]:
    has = {given.store_id for given in member.roles} if member is not None else set[int | None]()
    return [store for store in stores.every() if not store.is_retired or store.id in has]


def _offered(form: RolesForm, member: StaffMember | None = None) -> RolesForm:
    form.offer(queries.roles(), _shops(member))
    return form


def _invite_page(form: RolesForm) -> str:
    ticked = form.places(stores.every()) if not form.given.errors else set[Place]()
    return render_template(
        "backoffice/members/new.html", typed=form.typed, errors=form.words, roles=_choices(ticked, None), back=PATH
    )


def _roles_page(form: RolesForm, member: StaffMember, ticked: set[Place]) -> str:
    return render_template(
        "backoffice/members/roles.html",
        member=member,
        version=member.version,
        errors=form.words,
        roles=_choices(ticked, member),
        back=_path(member),
    )


def _choices(ticked: set[Place], member: StaffMember | None) -> list[dict[str, object]]:
    """Each role with the places where it may be given: a tick for those within the giver's own rights."""
    shops = _shops(member)
    return [{"name": role.name, "boxes": _boxes(role, shops, ticked)} for role in queries.roles()]


def _boxes(role: Role, shops: list[Store], ticked: set[Place]) -> list[dict[str, object]]:
    places: list[tuple[int | None, str, str]] = [(None, ALL_STORES, _("In all stores"))]
    if role.name != OWNER_ROLE:
        places += [(store.id, store.code, store.name) for store in shops]
    return [
        {
            "value": f"{role.id}:{code}",
            "words": words,
            "ticked": (role.id, store_id) in ticked,
            "offered": _may_pass_on((role.id, store_id)),
        }
        for store_id, code, words in places
    ]


def _both_versions(member: StaffMember, mine: set[Place], message: str) -> str:
    codes = {store.id: store.code for store in stores.every()}
    sent = [("given", f"{role}:{codes[store] if store else ALL_STORES}") for role, store in mine]
    return render_template(
        "errors/conflict.html",
        section="members",
        title=_("Saved by somebody else"),
        message=message,
        rows=[
            {
                "label": _("Roles"),
                "yours": service.in_words(mine),
                "theirs": service.in_words(given_of(member)),
            }
        ],
        form=[*sent, ("version", member.version)],
        back=_path(member),
    )
