"""Sign-in, password, question and recovery forms; PasswordFields and QuestionFields to build others from."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectField
from wtforms.validators import StopValidation

from portal.accounts.rules import passwords, questions
from portal.accounts.rules.answers import normalise
from portal.accounts.rules.passkeys import LONGEST_NAME
from portal.accounts.service.breaches import is_breached
from portal.config import settings
from portal.foundation import emails
from portal.foundation.forms import PortalForm, Required, TextField
from portal.foundation.text import _, lazy

KNOWN = ("first_name", "last_name", "email", "telephone")  # fields of a form that others may know of its sender


class Mailable:
    """Refuses what is no address, and keeps one as it is written to; an empty field is `Required`'s business."""

    def __call__(self, form: object, field: Field) -> None:
        del form
        if not field.data:
            return
        found = emails.read(field.data)
        if found is None:
            raise StopValidation(_("Enter an email address in the correct format, like name@example.com"))
        field.data = found


class EmailField(TextField):
    """An address, spaces around it allowed."""

    def __init__(self, label: str = lazy("Email"), **kwargs: Any) -> None:
        super().__init__(label, Required(lazy("Enter your email address")), Mailable(), most=320, **kwargs)


class SignInForm(PortalForm):
    """Says nothing about its fields: one sentence stands for everything that is not right."""

    email = TextField(lazy("Email"), most=10_000)
    password = PasswordField(lazy("Password"))
    remember = BooleanField(lazy("Keep me signed in on this device"))
    next = HiddenField()


class PasskeyNameForm(PortalForm):
    """What a passkey is called."""

    name = TextField(lazy("Name"), Required(lazy("Enter a name")), most=LONGEST_NAME)


class CurrentPassword(PortalForm):
    """The password in force, asked for once more before something weighty."""

    current_password = PasswordField(lazy("Current password"), [Required(lazy("Enter your current password"))])


class CodeForm(PortalForm):
    """The code of an app, or a recovery code, in one box."""

    code = TextField(lazy("Code"), Required(lazy("Enter the code")))


class ConfirmForm(CurrentPassword):
    """Who it is, once more: the password, and a code where one is asked."""

    code = TextField(lazy("Code"), Required(lazy("Enter the code")))
    next = HiddenField()

    def __init__(self, *args: Any, asks_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_code = asks_code
        if not asks_code:
            del self.code


class OwnedForm(PortalForm):
    """Knows something of its sender that is not among its fields, such as the address of their account."""

    def __init__(self, *args: Any, known: Iterable[str] = (), **kwargs: Any) -> None:
        self.known = tuple(known)
        super().__init__(*args, **kwargs)

    def sender(self) -> list[str]:
        """What others may know of the sender."""
        typed = [str(self._fields[name].data or "") for name in KNOWN if name in self._fields]
        return [*self.known, *typed]


def refuse_password(password: str, *, minimum: int, context: Iterable[str]) -> None:
    """Refuse a new password that is short, common, known of its owner or from a breach; for validators of a field.

    Raises:
        StopValidation: with the words for the field.
    """
    words = passwords.objection(password, minimum=minimum, context=context)
    if words is None and is_breached(password):
        words = _("This password was in a data breach elsewhere, so others try it first. Try three random words.")
    if words:
        raise StopValidation(words)


class PasswordFields(OwnedForm):
    """A new password, twice; known words are refused in it (see `rules.passwords`)."""

    password = PasswordField(lazy("Password"))
    confirm_password = PasswordField(lazy("Confirm password"))

    def password_minimum(self) -> int:
        """The shortest password that is taken."""
        return settings().password_min_length

    def password_context(self) -> Iterable[str]:
        """What others may know of the owner of the password."""
        answer = self._fields.get("security_answer")
        return [settings().shop_name, *self.sender(), str(answer.data or "") if answer else ""]

    def validate_password(self, field: Field) -> None:
        """Refuse what is short, common, known of its owner or from a breach."""
        refuse_password(field.data or "", minimum=self.password_minimum(), context=[*self.password_context()])

    def validate_confirm_password(self, field: Field) -> None:
        """Refuse another text than the password; nothing is said while the password itself is refused."""
        if self.password.errors:
            return
        if not field.data:
            raise StopValidation(_("Type the password once more"))
        if field.data != self.password.data:
            raise StopValidation(_("The two passwords are not the same"))


class QuestionFields(OwnedForm):
    """A security question, from the list or one's own, and its answer; absent where the shop asks none."""

    security_question = SelectField(lazy("Security question"), validate_choice=False)
    own_question = TextField(lazy("Your own question"), most=1000)
    security_answer = TextField(lazy("Security answer"), most=questions.LONGEST_ANSWER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings().security_question == "off":
            del self.security_question, self.own_question, self.security_answer
        else:
            self.security_question.choices = [("", _("Choose a question")), *questions.choices()]

    @property
    def requires_question(self) -> bool:
        """Whether the shop demands a question."""
        return settings().security_question == "required"

    @property
    def has_question(self) -> bool:
        """Whether the sender wants a question: always where the shop demands one."""
        return "security_question" in self._fields and bool(self.requires_question or self.security_question.data)

    @property
    def question(self) -> str:
        """What to store: the key of a listed question, or the own one; empty without one."""
        if not self.has_question:
            return ""
        chosen = str(self.security_question.data or "")
        return str(self.own_question.data) if chosen == questions.OWN else chosen

    @property
    def answer(self) -> str:
        """What to hash, already normalised; empty without a question."""
        return normalise(str(self.security_answer.data or "")) if self.has_question else ""

    def answer_context(self) -> Iterable[str]:
        """What others may know of the owner of the answer, and the password."""
        typed = [self._fields[name].data for name in ("password", "current_password") if name in self._fields]
        return [*self.sender(), *(str(password or "") for password in typed)]

    def _kept_out_of_question(self) -> list[str]:
        addresses = [text for text in self.sender() if "@" in text]
        secrets = [self._fields[name].data for name in ("password", "current_password") if name in self._fields]
        return [*addresses, *filter(None, secrets)]

    def validate_security_question(self, field: Field) -> None:
        """Demand a choice where the shop requires one."""
        if self.has_question and field.data not in (questions.OWN, *questions.QUESTIONS):
            raise StopValidation(_("Choose a security question"))

    def validate_own_question(self, field: Field) -> None:
        """Check one's own question; it is nothing where a listed one is chosen."""
        if self.has_question and self.security_question.data == questions.OWN:
            answer = self.security_answer.data or ""
            words = questions.objection_to_question(field.data or "", answer, kept=self._kept_out_of_question())
            if words:
                raise StopValidation(words)

    def validate_security_answer(self, field: Field) -> None:
        """Refuse what is empty, short or known of its owner."""
        if self.has_question:
            words = questions.objection_to_answer(
                field.data or "", question=questions.words(self.question), known=self.answer_context()
            )
            if words:
                raise StopValidation(words)


class ChangePasswordForm(CurrentPassword, PasswordFields):
    """The current password, and a new one."""


class ChangeQuestionForm(CurrentPassword, QuestionFields):
    """The current password, and a new question."""

    def answer_context(self) -> Iterable[str]:
        """What others may know of the owner, and the password."""
        return [*super().answer_context(), str(self.current_password.data or "")]


class NewEmailForm(PortalForm):
    """Another address for an account."""

    email = EmailField(lazy("New email"))


class RecoverForm(PortalForm):
    """The address of somebody who cannot get in."""

    email = EmailField()


class AnswerForm(PortalForm):
    """The answer to the security question."""

    security_answer = TextField(
        lazy("Security answer"), Required(lazy("Enter your answer")), most=questions.LONGEST_ANSWER
    )


class NewPasswordForm(PasswordFields):
    """A new password for the owner of a mailed link."""
