"""The list beside a naive reading of its rules: the same people, order and number, whichever of its ways it takes.

Its limits are lowered by chance, so that a small crowd is collected, walked, sampled and counted as a large one is.
"""

import random
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from portal.accounts.models import Account, Realm
from portal.backoffice.customers import filters, selection
from portal.config import settings
from portal.customers import queries
from portal.customers.models import Customer, CustomerStatus, NumberAlias, Origin, Telephone, customer_store
from portal.customers.queries import far, finding
from portal.customers.queries.searching import SHARING
from portal.customers.rules import names, numbers, telephones
from portal.foundation import emails, estimates, lately
from portal.foundation.database import db
from portal.newsletter import queries as newsletter
from portal.newsletter.models import Subscription, SubscriptionState
from portal.stores.models import Store
from tests import cast

PEOPLE, ROUNDS, IN_EACH = 260, 9, 8
BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
FIRST = (
    *("Ann", "Zoë", "ZOE", "Straße", "Strasse", "O'Neill", "D’Arcy", "Jean-Luc", "李小龍", "小龍", "فاطمة", "मीना"),
    *("Łódź", "İpek", "100%", "50_50", "a_b", "\\back", "a/b", 'say"hi"', "AND", "NEAR", "(x)", "a:b", "^top", "-dash"),
    *("*star", "007", "e\u0301ric", "A", "Ab", "Abc", "ß", "Σίσυφος", "ﬁnn", "🙂"),
)
LAST = ("-", "Rao", "Rao", "Rao", "Same", "Müller", "Mueller", "van der Berg", "龍", "1 2 3", "Smith-Jones", "%")
CALLED = ("98765 43210", "+44 (0)7700 900123", "(022) 2345 6789", "+852 2123 4567", "call me", "12")
HOSTS = ("demo.example", "demo.example", "shop.example", "d.io", "x")
ENDS = {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae"}  # as the names above need them
KEYS = {"created": "created_at", "name": "sort_name", "number": "number"}
READERS = {"yes": SubscriptionState.ACTIVE, "pending": SubscriptionState.PENDING}
SORTS = ("-created", "-created", "created", "name", "-name", "number", "-number")


def someone(n, chance):
    """Somebody with a nasty name, or Asha Rao; many came on one day."""
    first, last = chance.choice([("Asha", "Rao"), (chance.choice(FIRST), chance.choice(LAST))])
    email = f"{chance.choice(['tom', 'abc', f'{n}tom', f'ann{n}', f'a_b{n}', f'x%{n}'])}@{chance.choice(HOSTS)}"
    phones = [chance.choice([*CALLED, f"98{n:08}"]) for _ in range(chance.choice([1, 1, 2]))]
    made = BEGAN + timedelta(days=chance.choice([50, chance.randrange(200)]))
    status = chance.choice([CustomerStatus.ENABLED, CustomerStatus.DISABLED, CustomerStatus.NO_ACCOUNT])
    signed = made + timedelta(days=chance.choice([-60, -30, -1, 0, 30, 100]), hours=chance.randrange(24))
    return {
        "id": n,
        "number": chance.choice([f"P-{n:04}", f"VIP-{n}", numbers.with_check_digit(str(10_000_000 + n))]),
        "first_name": first,
        "last_name": last,
        "email": email if chance.random() < 0.7 else "",
        "phones": [(typed, telephones.to_e164(typed, "IN") or "") for typed in phones],
        "created_at": made,
        "status": status,
        "signed_in": signed if status != CustomerStatus.NO_ACCOUNT and chance.random() < 0.7 else None,
        "country": chance.choice(["IN", "IN", "AE", ""]),
        "group_id": chance.choice([1, 1, 1, 2]),
        "has_open_application": chance.random() < 0.2,
        "stores": {store for store in (1, 2) if chance.random() < 0.5} or {1},
        "reads": chance.choice([None, *READERS.values(), SubscriptionState.UNSUBSCRIBED]),
        "alias": f"OLD-{n}" if chance.random() < 0.05 else None,
        "erased_at": BEGAN if chance.random() < 0.05 else None,
        "merged_into_id": 1 if n > 1 and chance.random() < 0.05 else None,
    }


def gather():
    """The people, with what the naive reading needs to know of each."""
    chance, taken, people = random.Random(11), set(), []
    for n in range(1, PEOPLE + 1):
        one = someone(n, chance)
        if one["email"] in taken:
            one["email"] = ""
        taken.add(one["email"])
        one["email_key"] = emails.key(one["email"]) if one["email"] else None
        if not one["email"]:
            one["signed_in"] = one["reads"] = None
        said = (one["first_name"], one["last_name"], one["number"], one["email"], *(e164 for _, e164 in one["phones"]))
        one["words"] = folded(" ".join(said))
        last = "" if one["last_name"] == "-" else one["last_name"]
        one["sort_name"] = " ".join(folded(f"{last} {one['first_name']}"))
        people.append(one)
    return people


def crowd():
    """Them in the database."""
    people = gather()
    db.session.add(Store(id=2, code="two", name="Two", time_zone="Asia/Kolkata", currency="INR"))
    cast.group("Trade", id=2)
    for one in people:
        if one["signed_in"]:
            told = {"email": one["email"], "email_key": one["email_key"], "last_sign_in_at": one["signed_in"]}
            told |= {"realm": Realm.CUSTOMER, "password_hash": "x"}
            db.session.execute(sa.insert(Account).values(told))
    ids = dict(db.session.execute(sa.select(Account.email_key, Account.id)).tuples().all())
    db.session.execute(sa.insert(Customer), [row(one, ids) for one in people])
    calls = [(one["id"], number, *call) for one in people for number, call in enumerate(one["phones"])]
    phones = [{"customer_id": of, "typed": typed, "e164": e164, "is_primary": n == 0} for of, n, typed, e164 in calls]
    db.session.execute(sa.insert(Telephone), phones)
    stores = [{"customer_id": one["id"], "store_id": store} for one in people for store in one["stores"]]
    db.session.execute(sa.insert(customer_store), stores)
    aliases = [{"customer_id": one["id"], "number": one["alias"]} for one in people if one["alias"]]
    db.session.execute(sa.insert(NumberAlias), aliases)
    readers = [one for one in people if one["reads"]]
    told = [{name: one[name] for name in ("email", "email_key")} | {"state": one["reads"]} for one in readers]
    db.session.execute(sa.insert(Subscription).values(audience_id=newsletter.default_audience().id), told)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("ANALYZE"))


def row(one, accounts):
    copied = ("id", "number", "first_name", "last_name", "email", "email_key", "created_at", "status", "country")
    copied += ("group_id", "has_open_application", "erased_at", "merged_into_id")
    called = (one["first_name"], one["last_name"])
    found = names.search_text(*called, one["number"], one["email"], [e164 for _, e164 in one["phones"]])
    own = {"search_text": found, "sort_name": names.sort_name(*called), "telephone_count": len(one["phones"])}
    account = accounts.get(one["email_key"]) if one["signed_in"] else None
    return {name: one[name] for name in copied} | own | {"account_id": account, "created_through": Origin.DEMO}


def folded(text):
    """The words of a text without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    plain = "".join(letter for letter in apart if not "\u0300" <= letter <= "\u036f")
    return "".join(ENDS.get(letter, letter) for letter in unicodedata.normalize("NFC", plain)).split()


def has_words(one, term):
    """Digits of a telephone in one word, or every word: a long one anywhere in a word, a short one at its beginning."""
    if all(letter.isdecimal() or letter in " ()+-./" for letter in term):
        digits = "".join(letter for letter in term if letter.isdecimal())
        parts = [part for part in (digits, digits.lstrip("0")) if len(part) >= 3]
        if parts:
            whole = (telephones.to_e164(term, "IN") or "").strip("+")
            parts += [*filter(None, [whole]), *(folded(term) if len(folded(term)) == 1 else ())]
            return any(part in word for part in parts for word in one["words"])
    sought = folded(term)[:16]
    return all(
        any(part in word if len(part) > 2 else word.startswith(part) for word in one["words"]) for part in sought
    )


def is_meant(one, term, people):
    """Whether a whole number, address or telephone is theirs; not a telephone that a crowd shares."""
    number, e164 = numbers.read(term), telephones.to_e164(term, "IN") if telephones.digits_of(term) else "none"
    if number in (one["number"], one["alias"]) or one["email_key"] == emails.key(term):
        return True
    calls = [call for someone in people for _, call in someone["phones"]]
    return calls.count(e164) <= SHARING and e164 in {call for _, call in one["phones"]}


def fits(one, asked, reach):
    """Whether somebody is there, within reach, and fits all filters."""
    day = {
        name: datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(settings().shop_time_zone))
        for name, text in asked.items()
        if name.endswith(("_from", "_to"))
    }
    told = {name: str(one[column]) for name, column in {"status": "status", "group": "group_id"}.items()}
    told |= {"country": one["country"], "waiting": "1" if one["has_open_application"] else ""}
    spans = [("created", one["created_at"]), ("signed_in", one["signed_in"])]
    says = asked.get("newsletter")
    return (
        not (one["erased_at"] or one["merged_into_id"])
        and (reach is None or bool(reach & one["stores"]))
        and ("store" not in asked or 2 in one["stores"])
        and all(told[name] == asked[name] for name in told if name in asked)
        and (says is None or (one["reads"] is not READERS["yes"] if says == "no" else one["reads"] is READERS[says]))
        and all(at is not None and at >= day[f"{of}_from"] for of, at in spans if f"{of}_from" in day)
        and all(at is not None and at < day[f"{of}_to"] + timedelta(days=1) for of, at in spans if f"{of}_to" in day)
    )


def some_term(chance, people):
    one, aliases = chance.choice(people), [one["alias"] for one in people if one["alias"]]
    word = chance.choice(one["words"])
    begin = chance.randrange(len(word))
    return chance.choice(
        [
            *("", "", "", "asha", "rao", "demo", "r", "@d", "98", "989", "tom@x", "abc@d", "tom@demo.example"),
            *(one["number"], one["email"], one["phones"][0][0], *chance.sample(CALLED, 2), chance.choice(aliases)),
            *(chance.choice(FIRST), word[begin : begin + 5], f"{word[:4]} {word[-3:]}"),
            f"{one['last_name']} {one['first_name']}".upper(),
        ]
    )


def some_filters(chance):
    def day():
        return (BEGAN + timedelta(days=chance.randrange(-5, 220))).date().isoformat()

    values = {
        "status": lambda: str(chance.choice(list(CustomerStatus))),
        "group": lambda: chance.choice("12"),
        "country": lambda: chance.choice(["IN", "AE"]),
        "newsletter": lambda: chance.choice(["yes", "no", "pending"]),
        "store": lambda: "two",
        "waiting": lambda: "1",
        **dict.fromkeys(("created_from", "created_to", "signed_in_from", "signed_in_to"), day),
    }
    often = {"signed_in_to": 0.2}
    return {name: value() for name, value in values.items() if chance.random() < often.get(name, 0.07)}


def lower_limits(chance, patch):
    """Limits that a few people reach."""
    few = chance.choice([0, 3, 15, 2_000])
    read = few + chance.choice([0, 10])
    counted = read + chance.choice([1, 40])
    limits = {"FEW": few, "READ": read, "COUNTED": counted, "MANY": 3 * counted, "ENOUGH": chance.choice([0, 3])}
    limits |= {"HITS": chance.choice([few, read]), "NEAR": chance.choice([20, 200])}
    for name, value in limits.items():
        patch.setattr(finding, name, value)
    patch.setattr(far, "AHEAD", chance.choice([5, 60]))
    patch.setattr(far, "ENOUGH", chance.choice([0, 2, 50]))
    patch.setattr(queries, "COUNTED", chance.choice([0, 50, 10_000]))
    places, rows = chance.choice([(100, 20), (5, 4)])
    patch.setattr(estimates, "PLACES", places)
    patch.setattr(estimates, "ROWS", rows)
    lately.forget()


def pages_there_and_back(page):
    there = [page()]
    while there[-1].page.after:
        there.append(page(after=there[-1].page.after))
    back = [there[-1]]
    while back[0].page.before:
        back.insert(0, page(before=back[0].page.before))
    return there, back


def check(chance, people):
    """Ask once, and compare all that is said; gives which way was taken."""
    term, asked, sort = chance.choice(["", some_term(chance, people)]), some_filters(chance), chance.choice(SORTS)
    reach, size = chance.choice([None, None, frozenset({1}), frozenset({1, 2})]), chance.choice([4, 9, 30, 100])
    told = (term, asked, sort, size, reach)
    sought = filters.read(asked | ({"q": term} if term else {}))
    assert not sought.ignored, told
    known = chance.choice([None, *[(reach, *sorted(asked.items()))] * 3])
    more = {"sort": sort, "size": size, "known_as": known, "signed_in_before": sought.signed_in_before}
    conditions = [queries.of_stores(reach), *sought.conditions]
    there, back = pages_there_and_back(lambda **place: queries.find(term, *conditions, **more, **place))
    inside = [one for one in people if fits(one, asked, reach)]
    meant = {one["id"] for one in inside if term and is_meant(one, term, people)}
    others = [one for one in inside if one["id"] not in meant and has_words(one, term)]
    in_order = there[0].in_order
    key = KEYS[sort.strip("-")] if in_order else "id" if term else "created_at"
    others.sort(key=lambda one: (one[key], one["id"]), reverse=sort.startswith("-") or not in_order)
    ids, total = [one["id"] for one in others], len(meant) + len(others)
    assert {row.id for row in there[0].exact} == meant, told
    assert [row.id for found in there for row in found.page.rows] == ids, told
    assert not any(found.exact for found in there[1:]), told
    assert [[row.id for row in found.rows] for found in back] == [[row.id for row in found.rows] for found in there]
    assert all(found.is_about or found.count == total for found in there), told
    everybody = selection.Selection(reach, is_all=True, values=sought.values).query
    assert sorted(db.session.scalars(everybody)) == sorted([*meant, *ids]), told
    return in_order, there[0].is_about


@pytest.mark.parametrize("seed", range(2))
def test_the_list_says_what_its_rules_say(only_read, monkeypatch, seed):
    app, chance, people, ways = only_read(crowd), random.Random(seed), gather(), set()
    with app.test_request_context("/staff/customers"):
        for _ in range(ROUNDS):
            with monkeypatch.context() as patch:
                lower_limits(chance, patch)
                ways |= {check(chance, people) for _ in range(IN_EACH)}
    assert len(ways) == 4, "some way is never taken"
