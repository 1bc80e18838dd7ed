"""Kinds of mail as staff read them."""

from portal.foundation.text import lazy

WORDS = {
    "accounts.answers_used_up": lazy("Too many wrong answers"),
    "accounts.codes_used_up": lazy("Too many wrong codes"),
    "accounts.cooling_off": lazy("Answer forgotten: waits a day"),
    "accounts.cooling_off_over": lazy("Answer forgotten: the link"),
    "accounts.cooling_off_reminder": lazy("Answer forgotten: second warning"),
    "accounts.email_change": lazy("Confirm the new email"),
    "accounts.email_change_asked": lazy("Change of email asked for"),
    "accounts.email_change_taken_back": lazy("Email changed back"),
    "accounts.email_change_undone": lazy("Change of email undone"),
    "accounts.email_changed": lazy("Email changed"),
    "accounts.factor_changed": lazy("Second step changed"),
    "accounts.identity_proven": lazy("Identity verified"),
    "accounts.new_device": lazy("Sign-in on a new device"),
    "accounts.passkey_copied": lazy("Passkey used by a copy"),
    "accounts.password_changed": lazy("Password changed"),
    "accounts.question_changed": lazy("Security question changed"),
    "accounts.recovery": lazy("Reset the password"),
    "accounts.recovery_code_used": lazy("Recovery code used"),
    "accounts.registration": lazy("Confirm the registration"),
    "accounts.unlock": lazy("Let a browser in"),
    "customers.closing": lazy("Account is closing"),
    "customers.invitation": lazy("Invitation"),
    "customers.kept": lazy("Account kept"),
    "customers.my_data": lazy("Data ready to download"),
    "customers.texted_start": lazy("START texted: where to tick"),
    "groups.approved": lazy("Application approved"),
    "groups.closed": lazy("Application closed without a decision"),
    "groups.declined": lazy("Application declined"),
    "groups.digest": lazy("Applications that wait, once a day"),
    "groups.left": lazy("Group left"),
    "groups.question": lazy("Question about an application"),
    "groups.received": lazy("Application received"),
    "groups.reminder": lazy("Applications that wait too long"),
    "groups.withdrawn": lazy("Application withdrawn"),
    "newsletter.confirm": lazy("Confirm the newsletter"),
    "newsletter.proof": lazy("Proof of a campaign"),
    "newsletter.stopped": lazy("A campaign that stands still"),
    "newsletter.welcome": lazy("Newsletter subscribed"),
    "staff.invitation": lazy("Invitation to the staff"),
    "transfers.export_waits": lazy("An export waits for approval"),
    "transfers.export_decided": lazy("Export decided"),
}


def in_words(kind: str) -> str:
    """What mails of a kind are about; a kind without words is shown by its own name."""
    return str(WORDS.get(kind, kind))
