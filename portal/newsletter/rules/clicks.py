"""Who follows a link: a person, or a program that looks through mails before they are read.

The rule, as results pages tell it: a program asks with HEAD, says its name, opens the link that no person sees, or
opens three different links of one mail within two seconds; all that was opened within half a minute of that is its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = 3  # different links
WITHIN = timedelta(seconds=2)
AROUND = timedelta(seconds=30)  # of a program's sign
# What programs call themselves. Seen in mail by others: Barracuda Sentinel (JayBizzle/Crawler-Detect #552), SpamExperts
# (#282 there), BingPreview of Outlook.com (phpList/phplist3 #415), Gmail-content-sampling and GoogleImageProxy
# (mssola/user_agent #71), YahooMailProxy and Yahoo Link Preview (matomo-org/device-detector #6735), Seznam Email Proxy
# (#5670 there); and the libraries of programming languages, which no person reads mail with.
_PROGRAMS = re.compile(
    r"barracuda|spamexperts|bingpreview|gmail-content-sampling|googleimageproxy|yahoomailproxy|link ?preview|"
    r"seznam ?email ?proxy|bot\b|crawler|spider|"
    r"^(?:curl|wget|python|aiohttp|go-http|java|libwww|apache-httpclient|node|axios|php|ruby|lua)\b|headlesschrome",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Touch:
    """A link that was fetched out of one person's mail."""

    id: int
    link_id: int
    at: datetime
    is_hidden: bool = False  # the link that no person sees
    is_known: bool = False  # a program by its own word


def named(browser: str) -> str:
    """The word by which a program is known; empty for what may be a person's browser."""
    if not browser.strip():
        return "no name"
    found = _PROGRAMS.search(browser)
    return found[0].lower() if found else ""


def judge(touches: Sequence[Touch]) -> dict[int, str]:
    """Why touches of one person's mail are a program's, by their ids; those of the person are left out."""
    told = sorted(touches, key=lambda one: one.at)
    signs = [(one.at, "hidden link") for one in told if one.is_hidden] + [
        (one.at, "known program") for one in told if one.is_known
    ]
    for place, first in enumerate(told):
        near = {one.link_id for one in told[place:] if one.at - first.at <= WITHIN}
        if len(near) >= BURST:
            signs.append((first.at, "burst"))
    return {
        one.id: next(why for at, why in signs if abs(one.at - at) <= AROUND)
        for one in told
        if any(abs(one.at - at) <= AROUND for at, _why in signs)
    }
