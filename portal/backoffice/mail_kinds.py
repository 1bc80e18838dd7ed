"""Kinds of mail as staff read them."""

from portal.foundation.text import lazy

WORDS = {
    "accounts.answers_used_up": lazy("Too many wrong answers"),
    "accounts.email_change": lazy("Confirm the new email"),
    "accounts.email_change_asked": lazy("Change of email asked for"),
    "accounts.email_change_undone": lazy("Change of email undone"),
    "accounts.email_changed": lazy("Email changed by the customer"),
    "accounts.passkey_added": lazy("Passkey added"),
    "accounts.passkey_copied": lazy("Passkey used by a copy"),
    "accounts.passkey_removed": lazy("Passkey removed"),
    "accounts.password_changed": lazy("Password changed"),
    "accounts.question_changed": lazy("Security question changed"),
    "accounts.recovery": lazy("Reset the password"),
    "accounts.registration": lazy("Confirm the registration"),
    "customers.email_changed": lazy("Email changed"),
    "customers.invitation": lazy("Invitation"),
    "groups.approved": lazy("Application approved"),
    "groups.closed": lazy("Application closed without a decision"),
    "groups.declined": lazy("Application declined"),
    "groups.received": lazy("Application received"),
    "newsletter.confirm": lazy("Confirm the newsletter"),
    "newsletter.welcome": lazy("Newsletter subscribed"),
}


def in_words(kind: str) -> str:
    """What mails of a kind are about; a kind without words is shown by its own name."""
    return str(WORDS.get(kind, kind))
