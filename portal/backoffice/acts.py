"""Acts of the audit log and the fields they change, in words."""

from collections.abc import Collection, Sequence
from typing import Any

from portal.audit.models import AuditEntry
from portal.backoffice import rights, values
from portal.foundation.text import _, lazy
from portal.staff.rules import Permission

WORDS = {
    "account.app_added": lazy("Authenticator app added"),
    "account.app_removed": lazy("Authenticator app removed"),
    "account.codes_made": lazy("Recovery codes made"),
    "account.codes_used_up": lazy("Too many wrong codes at sign-in"),
    "account.cooling_off_asked": lazy("Answer forgotten: recovery waits a day"),
    "account.cooling_off_opened": lazy("Answer forgotten: link sent"),
    "account.cooling_off_stopped": lazy("Recovery without the answer stopped"),
    "account.cooling_off_used": lazy("Password reset without the answer"),
    "account.email_change_approved": lazy("Change of email approved"),
    "account.email_change_asked": lazy("Change of email asked for"),
    "account.email_change_cancelled": lazy("Change of email cancelled"),
    "account.email_change_ran_out": lazy("Change of email ran out"),
    "account.email_change_undone": lazy("Change of email undone"),
    "account.email_changed": lazy("Email changed"),
    "account.email_proven": lazy("New email confirmed"),
    "account.factors_removed": lazy("Second step removed"),
    "account.identity_case_opened": lazy("Verifying who calls"),
    "account.identity_not_proven": lazy("What the caller said did not match"),
    "account.identity_proven_by_answer": lazy("Identity verified by the security question"),
    "account.identity_proven_by_pin": lazy("Identity verified by support PIN"),
    "account.identity_refused": lazy("No more answers taken today"),
    "account.passkey_added": lazy("Passkey added"),
    "account.passkey_copied": lazy("Copy of a passkey refused"),
    "account.passkey_removed": lazy("Passkey removed"),
    "account.password_changed": lazy("Password changed"),
    "account.question_changed": lazy("Security question changed"),
    "account.question_shown": lazy("Security question shown to staff"),
    "account.reset_link_sent": lazy("Reset link sent"),
    "account.support_pin_made": lazy("Support PIN made"),
    "account.unlock_link_sent": lazy("Unlock link sent"),
    "account.unlocked_by_staff": lazy("Sign-in unlocked by staff"),
    "account.unlocked": lazy("Sign-in unlocked by mail"),
    "application.approved": lazy("Application approved"),
    "application.answered": lazy("Question answered"),
    "application.asked": lazy("Asked for more"),
    "application.declined": lazy("Application declined"),
    "application.expired": lazy("Application ran out"),
    "application.seconded": lazy("First of two approvals"),
    "application.submitted": lazy("Applied"),
    "application.undone": lazy("Decision taken back"),
    "application.withdrawn": lazy("Application withdrawn"),
    "approver.freed": lazy("Limit of an approver lifted"),
    "approver.limited": lazy("Approver limited"),
    "audience.exported": lazy("Audience exported"),
    "audience.import_undone": lazy("Import of subscribers taken back"),
    "audience.imported": lazy("Subscribers imported"),
    "customer.account_opened": lazy("Account opened"),
    "customer.added": lazy("Customer added"),
    "customer.address_added": lazy("Address added"),
    "customer.address_changed": lazy("Address changed"),
    "customer.address_removed": lazy("Address removed"),
    "customer.channels_changed": lazy("Consent changed"),
    "customer.consent_proven": lazy("Proof of consent fetched"),
    "customer.changed": lazy("Details changed"),
    "customer.chose_group": lazy("Chose another group"),
    "customer.closing": lazy("Account closed by its owner"),
    "customer.data_asked": lazy("Asked for their data"),
    "customer.data_fetched": lazy("Downloaded their data"),
    "customer.disabled": lazy("Disabled"),
    "customer.enabled": lazy("Enabled"),
    "customers.export_approved": lazy("Export approved"),
    "customers.export_asked": lazy("Export asked for"),
    "customers.export_declined": lazy("Export declined"),
    "customers.export_ended": lazy("Export taken to its end"),
    "customers.exported": lazy("Customers exported"),
    "customers.import_undone": lazy("Import of customers undone"),
    "customers.imported": lazy("Customers imported"),
    "job.refused_exported": lazy("Refused rows of a job taken out"),
    "customers.refused_exported": lazy("Refused rows of an import taken out"),
    "customer.fields_changed": lazy("More details changed"),
    "customer.invited": lazy("Invitation sent"),
    "customer.joined_group": lazy("Joined a group"),
    "customer.kept": lazy("Account kept"),
    "customer.address_released": lazy("Address released"),
    "customer.left_group": lazy("Left a group"),
    "customer.taken_out": lazy("Taken out of a group"),
    "customer.mail_sent_again": lazy("Mail sent again"),
    "customer.merge_undone": lazy("Merge undone"),
    "customer.merged": lazy("Another record became part of this one"),
    "customer.merged_away": lazy("Became part of another record"),
    "customer.not_duplicate": lazy("Said to be somebody else"),
    "customer.photo_changed": lazy("Photo changed"),
    "customer.photo_removed": lazy("Photo removed"),
    "customer.regrouped": lazy("Moved to another group"),
    "customer.revealed": lazy("Masked number shown to staff"),
    "customer.signed_out": lazy("Signed out everywhere"),
    "customer.tagged": lazy("Tags changed"),
    "customer.telephone_verified": lazy("Telephone verified"),
    "customer.telephones_changed": lazy("Telephones changed"),
    "customer.terms_accepted": lazy("Terms accepted"),
    "field.brought_back": lazy("Field brought back"),
    "field.changed": lazy("Field changed"),
    "field.defined": lazy("Field created"),
    "field.moved": lazy("Field moved"),
    "field.retired": lazy("Field retired"),
    "group.changed": lazy("Group changed"),
    "group.defined": lazy("Group created"),
    "group.removed": lazy("Group deleted"),
    "keys.retired": lazy("Key taken out of use"),
    "keys.rotated": lazy("New key"),
    "mail.sent_again": lazy("Mail sent again"),
    "newsletter.campaign_added": lazy("Campaign begun"),
    "newsletter.campaign_back": lazy("Campaign taken back to draft"),
    "newsletter.campaign_cancel": lazy("Campaign cancelled"),
    "newsletter.campaign_deleted": lazy("Draft of a campaign deleted"),
    "newsletter.campaign_end": lazy("Last moment of a campaign’s mails changed"),
    "newsletter.campaign_hold": lazy("Campaign held back by its check list"),
    "newsletter.campaign_launch": lazy("Campaign sent"),
    "newsletter.campaign_miss": lazy("Campaign missed its moment"),
    "newsletter.campaign_pause": lazy("Campaign paused"),
    "newsletter.campaign_proofed": lazy("Proof of a campaign sent"),
    "newsletter.campaign_rehearsed": lazy("Campaign rehearsed"),
    "newsletter.campaign_resolved": lazy("Mail in doubt decided"),
    "newsletter.campaign_resume": lazy("Campaign resumed"),
    "newsletter.campaign_saved": lazy("Campaign rewritten"),
    "newsletter.campaign_schedule": lazy("Campaign scheduled"),
    "newsletter.campaign_unproven": lazy("Campaign may leave unproven"),
    "newsletter.installation_allowed": lazy("Place allowed to send campaigns"),
    "newsletter.picture_added": lazy("Picture added"),
    "newsletter.picture_removed": lazy("Picture deleted"),
    "password.not_checked": lazy("Password not looked up in known breaches"),
    "person.erased": lazy("Data erased"),
    "reason.added": lazy("Reason for declining added"),
    "reason.changed": lazy("Reason for declining changed"),
    "reason.removed": lazy("Reason for declining removed"),
    "registration.link_sent": lazy("Confirmation link sent again"),
    "report.settled": lazy("Returned mail decided"),
    "role.changed": lazy("Role changed"),
    "role.defined": lazy("Role created"),
    "role.deleted": lazy("Role deleted"),
    "staff.brought_back": lazy("Back on the staff"),
    "staff.dismissed": lazy("Left the staff"),
    "staff.invited": lazy("Invited to the staff"),
    "staff.joined": lazy("Joined the staff"),
    "staff.link_sent": lazy("Link sent to a member of staff"),
    "staff.role_changed": lazy("Member’s roles changed"),
    "subscriber.removed": lazy("Taken out of an audience"),
    "suppression.added": lazy("Addresses no longer written to"),
    "suppression.exported": lazy("List of addresses not written to exported"),
    "suppression.lifted": lazy("Address written to again"),
    "store.added": lazy("Store opened"),
    "store.changed": lazy("Store changed"),
    "store.reopened": lazy("Store opened again"),
    "store.retired": lazy("Store retired"),
}
KINDS = {
    "account.identity_not_proven": "bad",
    "account.identity_proven_by_answer": "ok",
    "account.identity_proven_by_pin": "ok",
    "account.identity_refused": "bad",
    "account.passkey_copied": "bad",
    "application.approved": "ok",
    "application.declined": "bad",
    "application.submitted": "wait",
    "customer.account_opened": "ok",
    "customer.added": "ok",
    "customer.closing": "wait",
    "customer.disabled": "bad",
    "customer.enabled": "ok",
    "person.erased": "bad",
    "staff.dismissed": "bad",
    "staff.joined": "ok",
}
Told = dict[str, Any]
CUSTOM = "custom:"
OTHER = "different_from"  # names a customer who is not the one that the entry is about
FIELDS = {
    "address": lazy("Address"),
    "allow_credit_sale": lazy("Sell on credit"),
    "anniversary": lazy("Anniversary"),
    "answer_within": lazy("Answer within, in hours"),
    "application": lazy("Application"),
    "asked_of": lazy("Asked of groups"),
    "at_registration": lazy("Offered at registration"),
    "customer_group": lazy("Customer group"),
    "customer_id_number": lazy("Customer id number"),
    "customer_number": lazy("Customer number"),
    "date_of_birth": lazy("Date of birth"),
    "disabled_reason": lazy("Reason"),
    "decides": lazy("Decides about"),
    "drivers_licence": lazy("Driver’s licence"),
    "dropped": lazy("Removed"),
    "different_from": lazy("Somebody else than"),
    "email": lazy("Email"),
    "emptied": lazy("Older entries without words now"),
    "email_receipts": lazy("Receipts by email"),
    "first_name": lazy("First name"),
    "gate_code": lazy("Gate code"),
    "gender": lazy("Gender"),
    "group": lazy("Customer group"),
    "gstin": lazy("GST number"),
    "is_default": lazy("Default group"),
    "language": lazy("Language"),
    "last_name": lazy("Last name"),
    "merged_into": lazy("Part of"),
    "merged_number": lazy("Number of the other record"),
    "locale": lazy("Language"),
    "may_undo": lazy("Ten minutes to undo"),
    "nationality": lazy("Nationality"),
    "new_email": lazy("New email"),
    "newsletter": lazy("Newsletter"),
    "pan": lazy("PAN"),
    "passkey": lazy("Passkey"),
    "required_of": lazy("Required of groups"),
    "sort_order": lazy("Place in the list"),
    "post": lazy("Post"),
    "preferred_channel": lazy("Preferred channel"),
    "price_note": lazy("Price note"),
    "remarks": lazy("Remarks"),
    "shown": lazy("Shown"),
    "sms": lazy("Text messages"),
    "state_of_registration": lazy("State of registration"),
    "role": lazy("Roles"),
    "status": lazy("Status"),
    "stores": lazy("Stores"),
    "tags": lazy("Tags"),
    "telephone": lazy("Telephone"),
    "telephone_call": lazy("Telephone calls"),
    "telephones": lazy("Telephones"),
    "terms": lazy("Terms"),
    "vat_id": lazy("VAT number"),
    "verified": lazy("Verified"),
    "time_zone": lazy("Time zone"),
    "two_approvers": lazy("Two approvers"),
    "words": lazy("Words"),
}

RIGHTS = frozenset(Permission)  # what a role gained or lost is told by the right's own name


def in_words(verb: str) -> str:
    """What was done; an act without words is shown by its own name."""
    return str(WORDS.get(verb, verb))


def choices() -> list[tuple[str, str]]:
    """Every act to choose from; the trail itself is too long to be asked which acts it has."""
    return sorted(((verb, str(said)) for verb, said in WORDS.items()), key=lambda pair: pair[1])


def field(name: str) -> str:
    """What was changed; a field of the shop's own (`custom:…`) has its name."""
    if name.startswith(CUSTOM):
        return name.removeprefix(CUSTOM)
    if name in RIGHTS:
        return rights.one_in_words(name)
    return str(FIELDS.get(name) or name.replace("_", " ").capitalize())


def told(entries: Sequence[AuditEntry], *, with_subject: bool = False, unmet: Collection[object] = ()) -> list[Told]:
    """Entries as a timeline takes them; `with_subject` says on whom, where not all are about the same.

    Customers with an `unmet` number, whom the reader does not meet, stay unnamed in entries about others.
    """
    subjects = [f"{in_words(entry.verb)}: {entry.subject_name}" if with_subject else "" for entry in entries]
    return [_told(entry, subject, unmet) for entry, subject in zip(entries, subjects, strict=True)]


def changes(entry: AuditEntry, unmet: Collection[object] = ()) -> list[tuple[str, object, object]]:
    """Every changed field in words, with before and after; numbers that are unmet stay unnamed."""

    def said(name: str, value: object) -> object:
        return _("another customer") if name == OTHER and value in unmet else values.in_words(name, value)

    return [(field(name), said(name, before), said(name, after)) for name, (before, after) in entry.changes.items()]


def _told(entry: AuditEntry, what: str, unmet: Collection[object]) -> Told:
    return {
        "what": what or in_words(entry.verb),
        "when": entry.at,
        "kind": KINDS.get(entry.verb, ""),
        "who": entry.actor_name or _("Somebody"),
        "quote": entry.reason,
        "diff": [] if what else changes(entry, unmet),
    }
