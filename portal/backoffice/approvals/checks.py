"""What is checked of an application before somebody decides: facts with where they come from, never a decision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portal.backoffice import comparing
from portal.backoffice.customers import reach
from portal.customers import custom_queries
from portal.customers.models import ApplicationAnswer, Customer, FieldKind
from portal.customers.rules import mail_domains, tax_ids
from portal.customers.rules.mail_domains import Domain
from portal.customers.service import duplicates
from portal.customers.service.sealing import opened
from portal.foundation import search
from portal.foundation.text import _, lazy
from portal.groups.models import Application

FINE, ODD, PLAIN = ("ok", "check-circle"), ("wait", "alert"), ("info", "info")
MOST = 5  # people that one check names
TAX_WORDS = {"gst": "gstin", "gstin": "gstin", "pan": "pan", "vat": "vat_id"}
TAX_NAMES = {"gstin": lazy("GST number"), "pan": lazy("PAN"), "vat_id": lazy("VAT number")}
DOMAINS = {
    Domain.THROWAWAY: (ODD, lazy("Mailbox that is thrown away"), lazy("anybody gets an address there for an hour")),
    Domain.OPEN: (PLAIN, lazy("Mailbox open to everybody"), lazy("it tells nothing about a firm")),
    Domain.OWN: (PLAIN, lazy("Mail domain of their own"), lazy("mostly that of a firm")),
}


@dataclass(frozen=True)
class Check:
    """One fact: how it is drawn, what it says, and whom it is about.

    Args:
        look: colour and icon.
        what: the fact in a few words.
        detail: what it rests on.
        people: customers to look at beside the applicant.
    """

    look: tuple[str, str]
    what: str
    detail: str = ""
    people: Sequence[Customer] = ()


def of(row: Application) -> list[Check]:
    """Every check of an application: mailbox, tax numbers, people who look like the applicant."""
    return [*_mailbox(row.customer), *_tax_numbers(row), *_look_alikes(row.customer)]


def _mailbox(customer: Customer) -> Iterator[Check]:
    if not customer.email:
        return
    look, what, why = DOMAINS[mail_domains.kind_of(customer.email)]
    yield Check(look, str(what), f"{mail_domains.domain_of(customer.email)}: {why}")
    if mail_domains.is_role(customer.email):
        yield Check(PLAIN, _("Address of a desk"), _("Several people may read it"))


def _tax_numbers(row: Application) -> Iterator[Check]:
    """The numbers of the state that were answered, else those on record."""
    record = {kind: opened(getattr(row.customer.statutory, kind, None)) for kind in tax_ids.KINDS}
    told = {kind: answer for answer in custom_queries.answers_of(row.id) if (kind := _kind_of(answer))}
    for kind, answer in told.items():
        yield _checked(kind, tax_ids.tidy(str(answer.value)), record[kind])
        yield from _known_elsewhere(kind, answer, row.customer)
    for kind, number in record.items():
        if number and kind not in told:
            yield _checked(kind, number, number)
    numbers = record | {kind: tax_ids.tidy(str(answer.value)) for kind, answer in told.items()}
    if all(tax_ids.objection(kind, number) is None for kind, number in numbers.items() if number):
        for words in tax_ids.objections(numbers, getattr(row.customer.statutory, "state_of_registration", "")).values():
            yield Check(ODD, _("Numbers that don’t go together"), words)


def _kind_of(answer: ApplicationAnswer) -> str:
    """Which number of the state a field asks for, by its name; empty when it asks for something else."""
    if answer.field.kind is not FieldKind.TEXT or not answer.value:
        return ""
    return next((TAX_WORDS[word] for word in search.fold(answer.field.name).split() if word in TAX_WORDS), "")


def _checked(kind: str, number: str, on_record: str) -> Check:
    name = str(TAX_NAMES[kind])
    if objection := tax_ids.objection(kind, number):
        return Check(ODD, _("%(name)s doesn’t add up", name=name), objection)
    if on_record and on_record != number:
        return Check(ODD, _("%(name)s differs from the record", name=name), _("Both are right by themselves"))
    where = tax_ids.state_of(number) if kind == "gstin" else ""
    detail = _("Format and check digit are right")
    return Check(FINE, _("%(name)s adds up", name=name), f"{detail}; {where}" if where else detail)


def _known_elsewhere(kind: str, answer: ApplicationAnswer, customer: Customer) -> Iterator[Check]:
    others = comparing.customers_of(custom_queries.with_same_value(answer, besides=customer.id))
    people = [one for one in others.values() if _is_shown(one)][:MOST]
    if people:
        yield Check(ODD, _("%(name)s on record with", name=TAX_NAMES[kind]), people=people)


def _look_alikes(customer: Customer) -> Iterator[Check]:
    found = duplicates.alike(customer)
    others = comparing.customers_of([*found])
    surest = sorted(found, key=lambda one: comparing.place(found[one]))
    for other in [others[one] for one in surest if _is_shown(others[one])][:MOST]:
        yield Check(ODD, _("Possible duplicate"), comparing.told(found[other.id]), [other])


def _is_shown(customer: Customer) -> bool:
    return customer.is_there and any(map(reach.is_within, customer.stores))
