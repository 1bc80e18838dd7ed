"""What the audit log keeps, in words for people."""

from portal.foundation.text import lazy

ACTS = {
    "customer.added": lazy("Customer added"),
    "customer.changed": lazy("Details changed"),
    "customer.account_opened": lazy("Account opened"),
    "customer.terms_accepted": lazy("Terms accepted"),
    "customer.disabled": lazy("Disabled"),
    "customer.enabled": lazy("Enabled"),
    "customer.invited": lazy("Invitation sent"),
    "customer.regrouped": lazy("Moved to another group"),
    "customer.address_added": lazy("Address added"),
    "customer.address_changed": lazy("Address changed"),
    "customer.address_removed": lazy("Address removed"),
    "customer.signed_out": lazy("Signed out everywhere"),
    "customer.mail_sent_again": lazy("Mail sent again"),
    "account.password_changed": lazy("Password changed"),
    "account.question_changed": lazy("Security question changed"),
    "account.reset_link_sent": lazy("Reset link sent"),
    "registration.link_sent": lazy("Confirmation link sent again"),
    "application.submitted": lazy("Applied"),
    "application.approved": lazy("Application approved"),
    "application.declined": lazy("Application declined"),
    "application.withdrawn": lazy("Application withdrawn"),
    "application.expired": lazy("Application ran out"),
    "group.defined": lazy("Group added"),
    "group.changed": lazy("Group changed"),
    "audience.exported": lazy("Subscribers exported"),
    "mail.sent_again": lazy("Mail sent again"),
    "staff.invited": lazy("Invited to work here"),
    "staff.joined": lazy("Invitation accepted"),
    "staff.role_changed": lazy("Role changed"),
    "staff.dismissed": lazy("Works here no more"),
}
KINDS = {  # colour of the point in a timeline
    "customer.added": "ok",
    "customer.account_opened": "ok",
    "customer.enabled": "ok",
    "customer.disabled": "bad",
    "application.submitted": "wait",
    "application.approved": "ok",
    "application.declined": "bad",
}


def act(verb: str) -> str:
    """An act in words; one that has none here reads as it is written."""
    return str(ACTS.get(verb) or verb.replace(".", " ").replace("_", " ").capitalize())
