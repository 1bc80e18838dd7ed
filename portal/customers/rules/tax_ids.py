"""Numbers that the state gives: PAN, GST number, VAT number; their usual form, and what is wrong with one."""

import unicodedata
from collections.abc import Mapping

from portal.foundation import search
from portal.foundation.text import _

KINDS = ("pan", "gstin", "vat_id")
LONGEST = 32  # characters typed, with spaces and dots
BRITISH = ("GB", "XI")
GREEK = {"EL": "GR"}


def tidy(text: str) -> str:
    """A number as it is kept: capitals and digits alone."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in plain if letter.isalnum())[: LONGEST + 1]


def objection(kind: str, number: str) -> str | None:
    """What is wrong with a tidied number by itself, None when nothing is."""
    check = {"pan": _pan, "gstin": _gstin, "vat_id": _vat}[kind]
    return check(number if number.isascii() else "")


def objections(numbers: Mapping[str, str], state: str) -> dict[str, str]:
    """What is wrong with numbers that are right by themselves but not together, by field.

    Args:
        numbers: by kind, tidied; empty where none is known.
        state: the state of registration, empty when it is not known.
    """
    gstin, pan = numbers.get("gstin", ""), numbers.get("pan", "")
    found = {}
    if gstin and pan and gstin[2:12] != pan:
        found["gstin"] = _("This GST number belongs to another PAN. Check both numbers.")
    home = state_of(gstin) if gstin else ""
    if home and state and search.fold(state) != search.fold(home):
        found["state_of_registration"] = _("This GST number is registered in %(state)s. Check both.", state=home)
    return found


def state_of(gstin: str) -> str:
    """The state that a right GST number is registered in."""
    from stdnum.in_ import gstin as rules  # noqa: PLC0415 - see _gstin

    return str(rules.info(gstin)["state"])


def masked(text: str) -> str:
    """A number of which only so much is shown that its owner knows it again; nothing of a short one."""
    return f"•••• {text[-3:]}" if len(text) >= 8 else "••••" if text else ""


def _pan(number: str) -> str | None:
    from stdnum.exceptions import InvalidComponent, InvalidLength, ValidationError  # noqa: PLC0415 - see _gstin
    from stdnum.in_ import pan  # noqa: PLC0415 - as above

    try:
        pan.validate(number)
    except InvalidLength:
        return _("PAN must be 10 characters, like AAPFU0939F")
    except InvalidComponent:
        return _("No PAN is made like this. Check its fourth letter and its digits for a slip.")
    except ValidationError:
        return _("PAN must be five letters, four digits and a letter, like AAPFU0939F")
    return None


def _gstin(number: str) -> str | None:
    from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError  # noqa: PLC0415 - large, for few
    from stdnum.in_ import gstin  # noqa: PLC0415 - as above

    try:
        gstin.validate(number)
    except InvalidChecksum:
        return _("The last character does not fit this GST number. Check it for a slip.")
    except InvalidLength:
        return _("GST number must be 15 characters, like 27AAPFU0939F1ZV")
    except ValidationError:
        if _pan(number[2:12]):
            return _("Characters 3 to 12 of a GST number are a PAN, and these are none. Check them for a slip.")
        return _("GST number must begin with the code of a state and have Z before its last, like 27AAPFU0939F1ZV")
    return None


def _vat(number: str) -> str | None:
    from stdnum.eu import vat as european  # noqa: PLC0415 - see _gstin
    from stdnum.gb import vat as british  # noqa: PLC0415 - as above

    country = GREEK.get(number[:2], number[:2])
    if country in BRITISH:
        right = british.is_valid(number[2:])
    elif country.lower() in european.MEMBER_STATES:
        right = european.is_valid(number)
    else:
        return _("Begin the VAT number with its country, like DE136695976 or GB980780684")
    return None if right else _("This is no VAT number of %(country)s. Check it for a slip.", country=country)
