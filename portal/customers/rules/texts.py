"""What a received text message asks for."""

import re
import unicodedata
from collections.abc import Collection

from portal.customers.models import TextMeaning

ANYWHERE = frozenset({"stop", "stopall", "unsubscribe"})  # whoever writes one of these in a sentence means it
ALONE = frozenset({"cancel", "end", "quit", "optout", "opt-out"})  # these only where the text begins with them
START = frozenset({"start", "unstop", "subscribe"})
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def meaning_of(text: str, own: Collection[str] = ()) -> TextMeaning:
    """What a text asks for; `own` are the shop's own words that end it. In doubt it is taken as an end."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if not words:
        return TextMeaning.OTHER
    ours = {unicodedata.normalize("NFKC", word).casefold() for word in own}
    if ANYWHERE.intersection(words) or words[0] in ALONE | ours or words[:2] == ["opt", "out"]:
        return TextMeaning.STOP
    return TextMeaning.START if words[0] in START else TextMeaning.OTHER
