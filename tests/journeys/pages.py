"""Every page there is: who opens it, under which address, and what is done there before it is looked at."""

from datetime import timedelta

from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.journeys.audience_pages import AUDIENCE_FILES, AUDIENCES
from tests.journeys.calls import (
    with_a_match,
    with_a_pin,
    with_a_verified_caller,
    with_a_wrong_answer,
    with_another_address,
    without_a_case,
)
from tests.journeys.campaign_pages import CAMPAIGNS, PARTS
from tests.journeys.consent_pages import CONSENT, CONSENT_FILES
from tests.journeys.list_pages import FILES, LISTS
from tests.journeys.person import Person
from tests.journeys.record_pages import PICTURES, RECORDS
from tests.journeys.results_pages import RESULTS, RESULTS_FILES
from tests.journeys.scene import Scene
from tests.journeys.sight import Act, Sight, pressing
from tests.journeys.team_pages import TEAM


def meanwhile(scene: Scene, person: Person) -> None:
    """Somebody else saves the same customer first."""
    other = person.context.new_page()
    other.goto(scene.path("{invited}/edit"))
    name = other.locator("main [name=first_name]")
    name.fill("Idas" if name.input_value() == "Ida" else "Ida")
    with other.expect_navigation():
        other.locator("main").get_by_role("button", name="Save").click()
    other.close()
    person.fill(last_name="Changed")
    person.press("Save")


def asking_again(_scene: Scene, person: Person) -> None:
    """Have a device make a second passkey, which it does not."""
    person.button("Create passkey").click()
    person.sees("has a passkey for your account already")


def locked_out(scene: Scene, person: Person) -> None:
    """Type wrong passwords until no more are taken."""
    door = person.path
    while person.main.locator("[name=password]").count():
        person.fill(email="locked@shop.example", password="wrong")
        person.press("Sign in")
        assert person.path == door
    person.sees("Too many tries")


def for_trade(_scene: Scene, person: Person) -> None:
    """Choose the group that asks questions of its own."""
    person.main.get_by_label("Trade", exact=True).check()


def ticked(words: str) -> Act:
    """Tick the first of a list and press a button of the bar below it."""

    def act(_scene: Scene, person: Person) -> None:
        person.main.locator("input[name=id]").first.check()
        if not person.button(words).first.is_visible():
            person.main.locator(".more-acts > summary").click()
        with person.arriving():
            person.button(words).and_(person.page.locator(":visible")).first.click()

    return act


LONG_AGO = timedelta(minutes=5)  # since somebody proved who they are: they are asked once more


SIGHTS = (
    Sight("start", "visitor", "/"),
    Sight("register", "visitor", "/register"),
    Sight(
        "register-errors", "visitor", "/register", act=pressing("Create account", email="priya@", first_name="Priya")
    ),
    Sight("register-group", "visitor", "/register", act=for_trade),
    Sight("check-email", "registered", "/check-email"),
    Sight("confirm-again", "visitor", "/confirm-email"),
    Sight("confirm", "registered", "{confirm}"),
    Sight("confirm-elsewhere", "visitor", "{confirm}"),
    Sight("confirm-new-password", "visitor", "{confirm}?new=1"),
    Sight("confirm-expired", "visitor", "{confirm_before}", 410),
    Sight("invitation", "visitor", "{invitation}"),
    Sight("help", "visitor", "/help"),
    Sight("privacy", "visitor", "/privacy"),
    Sight("terms", "visitor", "/terms"),
    Sight("sign-in", "visitor", "/sign-in"),
    Sight(
        "sign-in-refused", "visitor", "/sign-in", act=pressing("Sign in", email="priya@shop.example", password="wrong")
    ),
    Sight("sign-in-too-many", "visitor", "/sign-in", act=locked_out),
    Sight("unlock-ask", "visitor", "/sign-in/unlock"),
    Sight("unlock-ask-errors", "visitor", "/sign-in/unlock", act=pressing("Send me a link", email="priya@")),
    Sight("unlock-sent", "locked", "/sign-in/unlock/sent"),
    Sight("unlock", "visitor", "{unlock}"),
    Sight("unlock-unknown", "visitor", "/sign-in/unlock/nothing", 404),
    Sight("recover", "visitor", "/recover"),
    Sight("recover-sent", "recovering", "/recover/sent"),
    Sight("recover-answer", "recovering", "{recovering}"),
    Sight("recover-password", "answered", "{answered}"),
    Sight("recover-password-errors", "answered", "{answered}", act=pressing("Save password", password="password1")),
    Sight("recover-code", "visitor", "{guarded_recovery}"),
    Sight("recover-code-errors", "visitor", "{guarded_recovery}", act=pressing("Continue", code="")),
    Sight("recover-answer-waits", "forgetting", "{forgetting}"),
    Sight("recover-waits", "forgetting", "{forgetting}/forgotten"),
    Sight("recover-stop", "visitor", "{forgetting_stop}"),
    Sight("recover-stopped", "visitor", "/recover/stopped"),
    Sight("waiting", "applicant", "/waiting"),
    Sight("waiting-declined", "declined", "/waiting"),
    Sight("account", "ann", "/account"),
    Sight("profile", "ann", "/account/profile"),
    Sight("profile-edit", "ann", "/account/profile/edit"),
    Sight("profile-errors", "ann", "/account/profile/edit", act=pressing("Save", first_name="")),
    Sight("details", "enrolling", "/account/profile/details"),
    Sight("details-nothing", "ann", "/account/profile/details"),
    *RECORDS,
    Sight("addresses", "ann", "/account/addresses"),
    Sight("address-new", "ann", "/account/addresses/new"),
    Sight("address-edit", "ann", "{address}/edit"),
    Sight("address-remove", "ann", "{address}/remove"),
    Sight("security", "ann", "/account/security"),
    Sight("security-question", "ann", "/account/security/question"),
    Sight("security-guarded", "guarded", "/account/security"),
    Sight("second-step", "half_way", "/sign-in/second-step"),
    Sight("second-step-code", "half_way", "/sign-in/second-step?with=recovery-code"),
    Sight("authenticator", "ann", "/account/security/authenticator"),
    Sight("authenticator-key", "enrolling", "/account/security/authenticator"),
    Sight("authenticator-errors", "enrolling", "/account/security/authenticator", act=pressing("Turn on", code="1")),
    Sight("authenticator-on", "guarded", "/account/security/authenticator"),
    Sight("authenticator-remove", "guarded", "/account/security/authenticator/remove"),
    Sight("recovery-codes", "guarded", "/account/security/recovery-codes"),
    Sight("recovery-codes-new", "guarded", "/account/security/recovery-codes", act=pressing("Make new codes")),
    Sight("recovery-codes-none", "ann", "/account/security/recovery-codes"),
    Sight("confirm-it-is-you", "ann", "/account/confirm", proven=LONG_AGO),
    Sight("confirm-with-code", "guarded", "/account/confirm", act=pressing("Confirm"), proven=LONG_AGO),
    Sight("sign-in-passkey", "door", "/sign-in"),
    Sight("second-step-passkey", "keeper_half_way", "/sign-in/second-step"),
    Sight("confirm-passkey", "keeper", "/account/confirm", proven=LONG_AGO),
    Sight("passkeys", "keeper", "/account/security/passkeys"),
    Sight("passkeys-elsewhere", "ann", "/account/security/passkeys"),
    Sight("passkey-new", "keeper", "/account/security/passkeys/new"),
    Sight("passkey-new-known", "keeper", "/account/security/passkeys/new", act=asking_again),
    Sight("passkey-edit", "keeper", "{passkey}/edit"),
    Sight("passkey-edit-errors", "keeper", "{passkey}/edit", act=pressing("Save name", name="")),
    Sight("passkey-remove", "keeper", "{passkey}/remove"),
    Sight("email", "ann", "/account/security/email"),
    Sight("email-errors", "ann", "/account/security/email", act=pressing("Send the link", email="priya@")),
    Sight("email-asked", "moving", "/account/security/email"),
    Sight("email-prove", "visitor", "{moving_prove}"),
    Sight("email-stop", "visitor", "{moving_stop}"),
    Sight("email-stopped", "visitor", "/account/email/stopped"),
    Sight("email-undo", "visitor", "{moved_undo}"),
    Sight("email-undone", "visitor", "/account/email/undone"),
    Sight("email-over", "visitor", "{moved_stop}", 410),
    Sight("support-pin", "ann", "/account/security/support-pin"),
    Sight("support-pin-made", "ann", "/account/security/support-pin", act=with_a_pin),
    Sight("own-groups", "ann", "/account/groups"),
    Sight("own-group-leave", "ann", "{own_group}"),
    Sight("newsletters", "ann", "/account/newsletters"),
    Sight("your-data", "ann", "/account/privacy"),
    Sight("own-mails", "ann", "/account/privacy/mails"),
    Sight("close-account", "ann", "/account/privacy/close"),
    Sight("newsletter", "visitor", "/newsletter"),
    Sight("newsletter-sent", "visitor", "/newsletter/check-email"),
    Sight("newsletter-confirm", "visitor", "{newsletter}"),
    Sight("newsletter-leave", "visitor", "/u/{way_out}"),
    Sight("newsletter-preferences", "visitor", "/newsletter/preferences/{way_out}"),
    *CONSENT,
    Sight("not-found", "visitor", "/nowhere", 404),
    Sight("staff-sign-in", "visitor", "/staff/sign-in"),
    Sight("staff-too-many", "visitor", "/staff/sign-in", act=locked_out),
    Sight("staff-unlock-ask", "visitor", "/staff/sign-in/unlock"),
    Sight("staff-unlock-sent", "locked", "/staff/sign-in/unlock/sent"),
    Sight("staff-unlock", "visitor", "{staff_unlock}"),
    Sight("staff-invitation", "visitor", "{staff_invitation}"),
    Sight("staff-home", "owner", "/staff"),
    Sight("staff-me", "owner", "/staff/me"),
    Sight("staff-second-step", "member_half_way", "/staff/sign-in/second-step"),
    Sight("staff-confirm", "owner", "/staff/confirm", proven=LONG_AGO),
    Sight("staff-sign-in-passkey", "door", "/staff/sign-in"),
    Sight("staff-passkeys", "key_member", "/staff/me/passkeys"),
    Sight("staff-passkey-new", "key_member", "/staff/me/passkeys/new"),
    Sight("staff-passkey-edit", "key_member", "{staff_passkey}/edit"),
    Sight("staff-passkey-remove", "key_member", "{staff_passkey}/remove"),
    Sight("staff-security", "member", "/staff/me/security"),
    Sight("staff-authenticator", "owner", "/staff/me/authenticator"),
    Sight("staff-authenticator-on", "member", "/staff/me/authenticator"),
    Sight("staff-authenticator-remove", "member", "/staff/me/authenticator/remove"),
    Sight("staff-recovery-codes", "member", "/staff/me/recovery-codes"),
    Sight("staff-codes-new", "member", "/staff/me/recovery-codes", act=pressing("Make new codes")),
    Sight("registrations", "owner", "/staff/registrations"),
    *LISTS,
    Sight("customer-new", "owner", "/staff/customers/new"),
    Sight("customer-new-errors", "owner", "/staff/customers/new", act=pressing("Add customer", email="priya@")),
    Sight("customer", "owner", "{customer}"),
    Sight("customer-timeline", "owner", "{customer}?tab=timeline"),
    Sight("customer-addresses", "owner", "{customer}?tab=addresses"),
    Sight("customer-groups", "owner", "{customer}?tab=groups"),
    Sight("customer-details", "owner", "{detailed}?tab=details"),
    Sight("customer-fields", "owner", "{detailed}/fields"),
    Sight("customer-fields-errors", "owner", "{detailed}/fields", act=pressing("Save", field_gst_number="27AAP")),
    Sight("customer-consent", "owner", "{customer}?tab=consent"),
    Sight("customer-mails", "owner", "{invited}?tab=mails"),
    Sight("customer-security", "owner", "{customer}?tab=security"),
    Sight("customer-identity", "owner", "{customer}/identity", act=without_a_case),
    Sight("customer-identity-no-match", "owner", "{customer}/identity", act=with_a_wrong_answer),
    Sight("customer-identity-match", "owner", "{customer}/identity", act=with_a_match),
    Sight("customer-remove-factors", "owner", "{customer}/remove-factors", act=with_a_verified_caller),
    Sight("customer-moving", "owner", "{customer}?tab=security", act=with_another_address),
    Sight("address-changes", "owner", "/staff/address-changes"),
    Sight("customer-audit", "owner", "{customer}?tab=audit"),
    Sight("customer-disable", "owner", "{customer}/disable"),
    Sight("customer-enable", "owner", "{disabled}/enable"),
    Sight("customer-edit", "owner", "{customer}/edit"),
    Sight("customer-conflict", "owner", "{invited}/edit", act=meanwhile),
    Sight("customer-erase", "owner", "{invited}/erase"),
    Sight("duplicates", "owner", "/staff/duplicates"),
    Sight("duplicates-merged", "owner", "/staff/duplicates/merged"),
    Sight("duplicates-compare", "owner", "{pair}"),
    Sight("approvals", "owner", "/staff/approvals"),
    Sight("approval", "owner", "{approval}"),
    Sight("approval-waiting", "owner", "{waiting}"),
    Sight("approval-decline", "owner", "{waiting}/decline"),
    Sight("approval-decline-late", "owner", "{approval}/decline"),
    Sight("approval-ask", "owner", "{waiting}/ask"),
    Sight("approvals-empty", "owner", "/staff/approvals?q=nobody"),
    Sight("approvals-several", "owner", "/staff/approvals/list"),
    Sight("approvals-several-approve", "owner", "/staff/approvals/list", act=ticked("Approve")),
    Sight("approvals-several-decline", "owner", "/staff/approvals/list", act=ticked("Decline")),
    Sight("approvals-result", "owner", "{decided}"),
    Sight("approval-reasons", "owner", "/staff/approvals/reasons"),
    Sight("approval-reasons-errors", "owner", "/staff/approvals/reasons", act=pressing("Add reason", sentence="")),
    Sight("approval-reason", "owner", "{reason}"),
    Sight("groups", "owner", "/staff/groups"),
    Sight("group-new", "owner", "/staff/groups/new"),
    Sight("group", "owner", "{group}"),
    Sight("group-approvers", "owner", "{group}/approvers"),
    Sight("group-members", "owner", "{trade}/members"),
    Sight("group-delete", "owner", "{trade}/delete"),
    Sight("fields", "owner", "/staff/fields"),
    Sight("field-new", "owner", "/staff/fields/new"),
    Sight("field-new-errors", "owner", "/staff/fields/new", act=pressing("Add field", name="", pattern="[0-9")),
    Sight("field", "owner", "{field}"),
    *AUDIENCES,
    *CAMPAIGNS,
    *RESULTS,
    *TEAM,
    Sight("outbox", "owner", "/staff/outbox"),
    Sight("audit", "owner", "/staff/audit"),
    Sight("dev-mails", "visitor", "/dev/mail"),
    Sight("dev-mail", "visitor", "{kept_mail}"),
)

# Routes that show no page, by their rule, with the reason.
UNSEEN = {
    "/recover/waited/<token>": "the pages of the other link, a day later",
    "/static/<path:filename>": "files",
    "/healthz": "one word for machines",
    "/readyz": "a few words for machines",
    "/account/profile/details/<int:field_id>": "a file",
    "/staff/customers/<number>/fields/<int:field_id>": "a file",
    "/staff/approvals/<int:number>/answers/<int:field_id>": "a file",
    "/account/privacy/files/<int:file_id>": "a file",
    **FILES,
    **PARTS,
    **CONSENT_FILES,
    **RESULTS_FILES,
    **AUDIENCE_FILES,
    **PICTURES,
    "/dev/mail/<name>/html": "the mail itself, pictured beside the pages",
    "/dev/mail/<name>/text": "the mail itself",
    "/dev/mail/<name>/raw": "the mail itself",
}


def overlooked(app: Flask, scene: Scene) -> list[str]:
    """The rules of GET routes that no sight visits and that have no reason to be left out."""
    routes = app.url_map.bind("127.0.0.1")
    seen = set()
    for sight in SIGHTS:
        try:
            rule, _values = routes.match(scene.path(sight.path).split("?")[0], return_rule=True)
        except HTTPException:
            continue
        seen.add(rule.rule)
    every = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    return sorted(every - seen - set(UNSEEN))
