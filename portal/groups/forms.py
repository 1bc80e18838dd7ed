"""What staff type about a group and decide on applications; what customers write with theirs."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import AnyOf, StopValidation, ValidationError

from portal.customers import custom_forms, custom_queries
from portal.customers.custom_forms import CustomForm
from portal.customers.forms import Visible
from portal.customers.models import Customer
from portal.foundation.forms import AtMost, Clean, PortalForm, Required, TextField
from portal.foundation.text import _, lazy
from portal.groups import rules
from portal.groups.models import Application, Approval, CustomerGroup
from portal.groups.service import reasons
from portal.groups.service.groups import Terms

LAST_PLACE = 9999
LONGEST_DESCRIPTION = 200
LONGEST_PROMISE = 2160  # hours: 90 days


class AnyNumber:
    """Refuses what cannot be the number of a row."""

    def __init__(self, words: object) -> None:
        self.words = words

    def __call__(self, form: object, field: Field) -> None:
        del form
        if not _is_number(field.data or "") or len(field.data) > 10:
            raise StopValidation(str(self.words))


class GroupForm(PortalForm):
    """A group, and the version of it that was edited."""

    name = TextField(
        lazy("Name"), Required(lazy("Enter a name")), Visible(lazy("Enter a name that can be seen")), most=64
    )
    description = TextField(lazy("Description"), most=LONGEST_DESCRIPTION)
    approval = StringField(
        lazy("Approval"),
        [AnyOf([kind.value for kind in Approval], message=lazy("Choose how customers get in"))],
        default=Approval.NONE.value,
    )
    at_registration = BooleanField(lazy("Offer at registration"))
    default = BooleanField(lazy("Default group"))
    sort_order = TextField(lazy("Place in the list"), most=4, default="0")
    two_approvers = BooleanField(lazy("Two approvers"))
    may_undo = BooleanField(lazy("Ten minutes to undo"))
    answer_within = TextField(lazy("Answer within"), most=4, default="24")
    version = StringField()
    form_key = StringField()

    def validate_answer_within(self, field: Field) -> None:
        """A promise is a whole number of hours; nothing typed is a day."""
        typed = field.data or ""
        if typed and not (_is_number(typed) and 1 <= int(typed) <= LONGEST_PROMISE):
            raise ValidationError(_("Enter a whole number of hours from 1 to %(n)s", n=f"{LONGEST_PROMISE:,}"))

    def validate_sort_order(self, field: Field) -> None:
        """A place is a whole number; nothing typed is the first."""
        if field.data and not _is_number(field.data):
            raise ValidationError(_("Enter a whole number from 0 to %(n)s", n=LAST_PLACE))

    @property
    def terms(self) -> Terms:
        """What was typed, once it is in order."""
        return Terms(
            name=self.name.data or "",
            description=self.description.data or "",
            approval=Approval(self.approval.data or ""),
            at_registration=self.at_registration.data,
            is_default=self.default.data,
            sort_order=int(self.sort_order.data or 0),
            two_approvers=self.two_approvers.data,
            may_undo=self.may_undo.data,
            answer_within=int(self.answer_within.data or rules.WORKING_DAY),
        )

    @property
    def edited_version(self) -> int:
        """The version that was shown with the form; 0, which no group has, when it is no number."""
        text = self.version.data or ""
        return int(text) if len(text) <= 9 and _is_number(text) else 0


def values_of(group: CustomerGroup) -> dict[str, str | bool]:
    """A group as its form shows it."""
    return {
        "name": group.name,
        "description": group.description,
        "approval": group.approval.value,
        "at_registration": group.at_registration,
        "default": group.is_default,
        "sort_order": str(group.sort_order),
        "two_approvers": group.two_approvers,
        "may_undo": group.may_undo,
        "answer_within": str(group.answer_within),
        "version": str(group.version),
    }


def _own_words(text: str | None) -> str:
    return unicodedata.normalize("NFC", (text or "").replace("\r\n", "\n")).strip()


class WordsField(TextAreaField):
    """Several lines in somebody's own words."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, [Clean(), AtMost(rules.LONGEST_MESSAGE)], filters=[_own_words], **kwargs)


class RefusalFields(PortalForm):
    """Why somebody is declined, in a sentence from the list, own words or both, and when they may apply again.

    A script may send own words as the reason.
    """

    reason = StringField(lazy("Reason"), [Clean(), AtMost(rules.LONGEST_MESSAGE)])
    message = WordsField(lazy("In your own words"))
    again = StringField(
        lazy("Apply again"), [AnyOf(["now", "later", "never"], message=lazy("Choose one"))], default="now"
    )
    again_days = TextField(lazy("Days"), most=4)
    address = StringField(lazy("The address"), [AnyOf(["keep", "release"], message=lazy("Choose one"))], default="keep")

    def is_refusal(self) -> bool:
        """Whether what was typed is a no; only that needs a reason."""
        return True

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what belongs to this decision: of what only a no has, nothing is read with any other."""
        if not self.is_refusal():
            for field in (self.reason, self.again, self.again_days, self.address):
                field.data = str(field.default or "")
        return bool(super().validate(extra_validators))

    def validate_reason(self, field: Field) -> None:
        """A no has a reason."""
        if self.is_refusal() and not (field.data or "").strip():
            raise ValidationError(_("Choose a reason"))

    def validate_message(self, field: Field) -> None:
        """Who chooses no sentence from the list writes one."""
        if self.is_refusal() and self.reason.data == rules.OWN and not field.data:
            raise ValidationError(_("Write what the customer should read"))

    def validate_again_days(self, field: Field) -> None:
        """Who may apply later may do so after a whole number of days."""
        typed = field.data or ""
        wanted = self.is_refusal() and self.again.data == "later"
        if wanted and not (_is_number(typed) and 1 <= int(typed) <= rules.LONGEST_WAIT):
            raise ValidationError(_("Enter a whole number of days from 1 to %(n)s", n=f"{rules.LONGEST_WAIT:,}"))

    @property
    def told(self) -> str:
        """What the customer reads."""
        return rules.told_reason(reasons.in_words(self.reason.data or ""), self.message.data or "")

    @property
    def again_after(self) -> timedelta | None:
        """How long until they may apply again; None: not at all."""
        if self.again.data == "never":
            return None
        return timedelta(days=int(self.text("again_days"))) if self.again.data == "later" else timedelta(0)

    @property
    def releases(self) -> bool:
        """Whether the address may register anew; only that of somebody who may not apply again."""
        return bool(self.again.data == "never" and self.address.data == "release")


class DecisionForm(RefusalFields):
    """Yes, no, or a question."""

    order = ("decision", "reason", "message", "again", "again_days", "address")

    decision = StringField(
        validators=[AnyOf(["approve", "decline", "ask"], message=lazy("Choose Approve, Decline or Ask for more"))]
    )
    form_key = StringField()

    def is_refusal(self) -> bool:
        """Whether it is a no."""
        return bool(self.decision.data == "decline")

    def validate_message(self, field: Field) -> None:
        """A question has words; and who chooses no sentence from the list writes one."""
        if self.decision.data == "ask" and not field.data:
            raise ValidationError(_("Write what the customer should tell or send you"))
        super().validate_message(field)


class SeveralForm(RefusalFields):
    """The same decision on several applications."""

    form_key = StringField()

    def __init__(self, decision: str, **kwargs: Any) -> None:
        self._is_refusal = decision == "decline"
        super().__init__(**kwargs)

    def is_refusal(self) -> bool:
        """Whether it is a no."""
        return self._is_refusal


class ReasonForm(PortalForm):
    """A sentence for saying no."""

    sentence = TextField(lazy("Reason"), Required(lazy("Write the sentence that customers read")), most=300)


class ScopeForm(PortalForm):
    """What a member decides about."""

    member = StringField(lazy("Member"), [AnyNumber(lazy("Choose somebody"))])
    about = StringField(lazy("Decides about"), [AnyOf(["this", "every"], message=lazy("Choose one"))], default="this")
    store = StringField(lazy("Store"))


class ApplyForm(PortalForm):
    """A group to apply for, why, and what that group asks."""

    group = StringField(lazy("Group"), [AnyNumber(lazy("Choose a group"))])
    message = WordsField(lazy("Message to us"))
    form_key = StringField()

    def __init__(self, customer: Customer, offered: Sequence[CustomerGroup], **kwargs: Any) -> None:
        asked = custom_queries.asked_by_each([group.id for group in offered])
        self.questions = {
            group.id: custom_forms.fields_of(customer.id, asked.get(group.id, []), prefix=f"group_{group.id}_")
            for group in offered
        }
        super().__init__(**kwargs)

    @property
    def chosen(self) -> CustomForm:
        """The questions of the group that was chosen."""
        typed = self.text("group")
        return self.questions.get(int(typed) if _is_number(typed) else 0) or CustomForm([])

    @property
    def words(self) -> dict[str, str]:
        """One error a field, with those of the chosen group's questions."""
        return super().words | self.chosen.words

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every field, and the questions of the chosen group alone."""
        return _with_questions(
            fine=bool(super().validate(extra_validators)), chosen=self.chosen, others=self.questions.values()
        )


class AnswerForm(PortalForm):
    """What an applicant answers, in own words and in what their group asks."""

    answer = WordsField(lazy("Your answer"))

    def __init__(self, row: Application | None, **kwargs: Any) -> None:
        asked = custom_queries.asked_by([row.group_id]) if row is not None and row.is_open else []
        self.questions = custom_forms.fields_of(row.customer_id, asked) if row is not None else CustomForm([])
        super().__init__(**kwargs)

    def validate_answer(self, field: Field) -> None:
        """An answer has words."""
        if not field.data:
            raise ValidationError(_("Write your answer"))

    @property
    def words(self) -> dict[str, str]:
        """One error a field, with those of the group's questions."""
        return super().words | self.questions.words

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the answer and the questions."""
        return _with_questions(fine=bool(super().validate(extra_validators)), chosen=self.questions, others=[])


def _with_questions(*, fine: bool, chosen: CustomForm, others: Iterable[CustomForm]) -> bool:
    """Whether a form and its questions are in order; what was typed at others is kept."""
    for questions in others:
        questions.fill()
    answered = chosen.validate()
    if not (fine and answered):
        chosen.let_files_go()
    return fine and answered


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
