"""What the filters and columns of the list choose from: groups, stores and countries, remembered for a minute."""

from portal.customers import custom_queries
from portal.customers import queries as customers
from portal.customers.models import Address, Tag, customer_tag
from portal.customers.rules import addresses
from portal.foundation import lately
from portal.foundation.text import locale
from portal.groups import queries as all_groups
from portal.groups.models import CustomerGroup
from portal.staff import guards
from portal.stores import queries as all_stores
from portal.stores.models import Store

KEPT = 60  # seconds, for what another process changes

Choices = list[tuple[str, str]]


def groups() -> Choices:
    """The groups by number, in the shop's order."""
    return lately.known(
        "groups",
        lambda: [(str(group.id), group.name) for group in all_groups.all_groups()],
        of=(CustomerGroup.__tablename__,),
        seconds=KEPT,
    )


def group_names() -> dict[int, str]:
    """The names of the groups by their number."""
    return {int(number): name for number, name in groups()}


def stores_by_code() -> dict[str, tuple[int, str]]:
    """Number and name of the stores by their code, "Online" first."""
    return lately.known(
        "stores",
        lambda: {store.code: (store.id, store.name) for store in all_stores.every()},
        of=(Store.__tablename__,),
        seconds=KEPT,
    )


def stores() -> Choices:
    """The stores within reach by their code; none where there is only one, and nothing to choose."""
    known = [(code, name) for code, (_number, name) in stores_by_code().items() if is_within(code)]
    return known if len(known) > 1 else []


def is_within(code: str) -> bool:
    """Whether there is a store of this code in which the right of this door holds."""
    known, scope = stores_by_code().get(code), guards.scope()
    return known is not None and (scope is None or known[0] in scope)


def tags() -> Choices:
    """The tags that customers have, by name."""
    return lately.known(
        "tags",
        lambda: [(str(tag.id), tag.name) for tag in custom_queries.tags_to_choose()],
        of=(Tag.__tablename__, customer_tag.name),
        seconds=KEPT,
    )


def countries() -> Choices:
    """The countries that customers live in, by name."""
    language = locale()

    def named() -> Choices:
        found = [(code, addresses.country_name(code, language)) for code in customers.countries()]
        return sorted(found, key=lambda pair: pair[1])

    return lately.known(("countries", language), named, of=(Address.__tablename__,), seconds=KEPT)
