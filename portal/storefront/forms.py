"""The forms of registration, confirming and invitation, built from the features' field groups."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from wtforms import BooleanField, Field, PasswordField, SelectField
from wtforms.validators import StopValidation

from portal.accounts.forms import EmailField, PasswordFields, QuestionFields, refuse_password
from portal.accounts.models import Registration
from portal.config import settings
from portal.customers.custom_forms import CustomForm, QuestionsOfGroups
from portal.customers.forms import NameFields, TelephoneField
from portal.customers.models import Customer
from portal.foundation.forms import PortalForm, Required
from portal.foundation.text import _, lazy
from portal.groups.models import CustomerGroup
from portal.storefront.service import Asked

QUESTION = ("security_question", "own_question", "security_answer")


class TermsField(BooleanField):
    """The tick without which there is no account."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, [Required(lazy("Accept the terms to go on"))], **kwargs)


class GroupField(SelectField):
    """One of the groups offered now, by its number."""

    offered: frozenset[str] = frozenset()

    def offer(self, groups: Sequence[CustomerGroup]) -> None:
        """Set what may be chosen; where nothing was sent, the default group is."""
        self.offered = frozenset(str(group.id) for group in groups)
        if not self.raw_data:
            chosen = next((group for group in groups if group.is_default), groups[0])
            self.data = str(chosen.id)

    def pre_validate(self, form: object) -> None:
        """Refuse a group that is not, or no longer, offered."""
        del form
        if self.data not in self.offered:
            raise StopValidation(_("Choose a customer group from the list"))


class RegistrationForm(NameFields, PasswordFields, QuestionFields):
    """Everything an account starts with; the group is absent when there is no choice."""

    ORDER: ClassVar = (
        *("first_name", "last_name", "email", "telephone", "password", "confirm_password"),
        *QUESTION,
        *("customer_group", "newsletter", "terms", "csrf_token"),
    )

    email = EmailField()
    telephone = TelephoneField()
    customer_group = GroupField(lazy("Customer group"))
    newsletter = BooleanField(lazy("Newsletter"))
    terms = TermsField()

    def __init__(self, groups: Sequence[CustomerGroup]) -> None:
        super().__init__()
        self.questions = QuestionsOfGroups([group.id for group in groups])
        self.only_group = groups[0].id if groups else None
        if len(groups) > 1:
            self.customer_group.offer(groups)
        else:
            del self.customer_group
        _in_order(self, self.ORDER)

    @property
    def chosen(self) -> CustomForm:
        """The questions of the group that was chosen."""
        return self.questions.of(self.group_id if "customer_group" in self else self.only_group)

    @property
    def group_id(self) -> int | None:
        """The group that was chosen; None where there is no choice."""
        if "customer_group" not in self or self.customer_group.data not in self.customer_group.offered:
            return None
        return int(self.customer_group.data)

    @property
    def words(self) -> dict[str, str]:
        """One error a field, with those of the chosen group's questions where these stand on the page."""
        found = super().words
        order = [name for name in found if name not in ("newsletter", "terms")]
        return {name: found[name] for name in order} | self.chosen.words | found

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and the questions of the chosen group alone; what was typed at others is kept."""
        fine = bool(super().validate(extra_validators))
        answered = self.questions.validate(self.group_id if "customer_group" in self else self.only_group)
        if not (fine and answered):
            self.chosen.let_files_go()
        return fine and answered

    def validate_telephone(self, field: Field) -> None:
        """Demand one where the shop does."""
        if settings().telephone == "required" and not field.data:
            raise StopValidation(_("Enter your telephone number"))

    def asked(self, *, tick: str, locale: str) -> Asked:
        """What was asked for; `tick` is the wording beside the newsletter tick."""
        wants_newsletter = bool(self.newsletter.data)
        return Asked(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            email=self.email.data or "",
            telephone=self.telephone.data or "",
            password=self.password.data or "",
            question=self.question,
            answer=self.answer,
            group_id=self.group_id,
            answers=self.chosen.answers,
            newsletter=wants_newsletter,
            newsletter_text=tick if wants_newsletter else "",
            locale=locale,
        )


class EmailForm(PortalForm):
    """The address that a link is sent to again."""

    email = EmailField()


class ConfirmForm(PortalForm):
    """A button: this browser is the one that registered."""

    way = "button"


class OwnPasswordForm(PortalForm):
    """The password chosen at registration."""

    way = "password"

    password = PasswordField(lazy("Password"), [Required(lazy("Enter the password you chose at registration"))])


class NewPasswordForm(PortalForm):
    """A password instead of the one that somebody else may have chosen."""

    way = "new"

    new_password = PasswordField(lazy("Password"))
    confirm_password = PasswordField(lazy("Confirm password"))

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        super().__init__()

    def validate_new_password(self, field: Field) -> None:
        """Refuse what is short, common, known of its owner or from a breach."""
        known = [settings().shop_name, self.registration.email]
        refuse_password(field.data or "", minimum=settings().password_min_length, context=known)

    def validate_confirm_password(self, field: Field) -> None:
        """Refuse another text than the password; nothing is said while the password itself is refused."""
        if not self.new_password.errors and field.data != self.new_password.data:
            raise StopValidation(
                _("The two passwords are not the same") if field.data else _("Type the password once more")
            )


class InvitationForm(PasswordFields, QuestionFields):
    """What only the invited know: how they sign in, and that they accept the terms."""

    ORDER: ClassVar = ("password", "confirm_password", *QUESTION, "terms", "csrf_token")

    terms = TermsField()

    def __init__(self, customer: Customer) -> None:
        numbers = [telephone.typed for telephone in customer.telephones]
        self.known_facts = [customer.first_name, customer.last_name, customer.email, *numbers]
        super().__init__()
        _in_order(self, self.ORDER)

    def password_context(self) -> Iterable[str]:
        """What others may know of the invited."""
        return [*super().password_context(), *self.known_facts]

    def answer_context(self) -> Iterable[str]:
        """What others may know of the invited, and the password."""
        return [*super().answer_context(), *self.known_facts]


def _in_order(form: PortalForm, names: Sequence[str]) -> None:
    """Have the fields, and so the errors, come as the page shows them, whichever feature they are from."""
    form._fields = {name: form._fields[name] for name in names if name in form._fields}
