"""What makes a password acceptable, and why not."""

import re
import unicodedata
from collections.abc import Iterable

from portal.foundation.text import _

LONGEST = 1024  # code points
STAFF_MINIMUM = 15  # NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor
REPEATED = re.compile(r"\A(.+?)\1+\Z")  # the same word over and over
REPEATABLE = 8  # signs of a word that may stand twice
LONG = 25  # signs from which on a repetition is none of the first tries
SPARE = 5  # signs that must be left of a password beside words that others know

# The most frequent passwords of eight characters and more in published leaks (NCSC "PwnedPasswordsTop100k", the
# yearly lists of NordPass and SplashData); what is common but shorter is refused for its length.
COMMON = frozenset(
    """
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword p@$$w0rd pa55word passwort
    motdepasse contrasena contraseña senha123 parola123 wachtwoord lozinka1 haslo123 qwertyuiop qwertyui qwerty12
    qwerty123 qwerty1234 qwerty12345 qwertz123 qwertzuiop azertyuiop 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx
    1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 zaq12wsx zaq1zaq1 qazwsxedc asdfghjkl asdfghjk asdfasdf asdf1234 zxcvbnm123
    zxcvbnm1 12341234 12344321 11223344 1122334455 123123123 123321123 147258369 987654321 9876543210 0987654321
    87654321 741852963 789456123 789456123 159357456 100200300 112233445566 123456789a a123456789 a1234567 a12345678
    aa123456 aa12345678 abc12345 abc123456 abcd1234 abcd12345 abcde123 1234qwer 12345qwert 123456qwerty 123qweasd
    123qwe123 123456abc qwe123qwe q1q1q1q1 iloveyou iloveyou1 iloveyou2 iloveyou123 loveyou1 lovely123 mylove123
    sunshine sunshine1 princess princess1 football football1 baseball baseball1 basketball superman superman1 batman123
    starwars starwars1 pokemon123 dragon123 monkey123 shadow123 master123 michael1 jennifer jennifer1 jessica1 michelle
    charlie1 charlie123 samantha danielle benjamin christian elizabeth alexander alexandra nicholas victoria jonathan
    chocolate butterfly cheesecake trustno1 whatever whatever1 computer computer1 internet internet1 liverpool
    liverpool1 chelsea1 arsenal1 barcelona realmadrid juventus galatasaray fenerbahce besiktas mercedes corvette
    mustang1 ferrari1 harley123 welcome1 welcome12 welcome123 welcome1234 letmein1 letmein123 administrator admin123
    admin1234 admin12345 admin123456 changeme changeme1 changeme123 default1 default123 secret123 security security1
    test1234 test12345 testtest testing1 testing123 temp1234 guest123 user1234 login123 access14 access123 hello123
    hello1234 hellohello blink182 linkinpark metallica slipknot greenday rockstar rockstar1 superstar family123
    freedom1 happy123 lucky123 flower123 summer123 summer2023 summer2024 summer2025 winter2024 winter2025 spring2025
    autumn2025 january1 december1 midnight midnight1 midnight123 anonymous blessed1 jesus123 jesuschrist godisgood
    krishna123 ganesha123 omsairam omnamahshivay sairam123 jaishreeram jaimatadi jaihind1 bismillah bismillah1
    bharat123 india123 india1234 india@123 pakistan pakistan1 pakistan123 indonesia australia brazil2014 argentina
    colombia mexico123 america1 germany1 london123 newyork1 correcthorsebatterystaple
    """.split()  # noqa: SIM905 - a list of this length is read as a paragraph
)
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")


def objection(password: str, *, minimum: int, context: Iterable[str]) -> str | None:
    """Why a password cannot be taken, None when it can.

    Args:
        password: as typed; length counts code points.
        minimum: the shortest that is taken.
        context: what others may know of its owner: name, address, the shop, the security answer.
    """
    if not password:
        return _("Choose a password")
    if len(password) < minimum:
        return _("Use %(n)s characters or more", n=minimum)
    if len(password) > LONGEST:
        return _("Use %(n)s characters or fewer", n=LONGEST)
    if is_common(password):
        return _("This password is easy to guess. Try three random words.")
    if _is_known(password, context):
        return _("This password is close to your name, email address, answer or the shop. Try three random words.")
    return None


def is_common(password: str) -> bool:
    """Whether a password is among the first that anybody tries: listed, one word repeated, or keys in a row."""
    plain = "".join(unicodedata.normalize("NFKC", password).casefold().split())
    word = REPEATED.sub(r"\1", plain)
    if {plain, word, plain.rstrip("!?.*#$@")} & COMMON:
        return True
    if word != plain and len(word) < REPEATABLE and len(plain) < LONG:
        return True
    return any(plain in row * 3 or plain in row[::-1] * 3 for row in ROWS)


def _is_known(password: str, context: Iterable[str]) -> bool:
    rest = whole = _plain(password)
    for word in sorted(_words(context), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != whole and len(rest) < SPARE


def _words(context: Iterable[str]) -> set[str]:
    texts = [text for text in context if text]
    parts = [part for text in texts for part in re.split(r"[\W_]+", text)]
    return {word for word in (_plain(text) for text in (*texts, *parts)) if len(word) >= 3}


def _plain(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
