"""Is a new password the answer to the security question? Asked where a password is chosen later than the answer."""

from datetime import timedelta

from portal.accounts import queries
from portal.accounts.errors import PasswordIsAnswer
from portal.accounts.models import Account
from portal.accounts.rules.answers import normalise
from portal.foundation import hashing, throttle
from portal.foundation.errors import TooMany
from portal.foundation.hashing import Secret
from portal.foundation.text import _
from portal.foundation.throttle import Limit

PER_DAY = Limit("answers of a day", 10, timedelta(days=1))  # of one account, wherever one is tried


def refuse_as_password(account: Account, password: str) -> None:
    """Refuse the answer as a password, for whoever has proven already that they may choose one.

    The refusal tells what the answer is, so it counts as a try of it: past the limit of a day nothing is compared, and
    the password is taken. The work is the same for every account, with a question and without.

    Raises:
        PasswordIsAnswer: it is the answer.
        Busy: too many hashes wait already.
    """
    asked = queries.question_of(account.id)
    stored = asked.answer_hash if asked is not None else None
    try:
        throttle.count((PER_DAY, str(account.id)))
    except TooMany:
        stored = None
    if hashing.verify(Secret.ANSWER, stored, normalise(password)):
        raise PasswordIsAnswer(_("Choose a password other than the answer to your security question"))
