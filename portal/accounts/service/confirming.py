"""Step-up: whoever uses a session proves once more who they are, by the password and a code where one is asked."""

from portal.accounts.errors import WrongCode
from portal.accounts.models import Account, Realm, SignInSession
from portal.accounts.service import factors, passwords, second_step, sessions, totp
from portal.foundation.text import _


def asks_code(account: Account) -> bool:
    """Whether the password alone proves too little: beside an app, and for staff beside a passkey, too.

    A customer's passkey may be a key that does not verify its owner, which confirms nothing; theirs need no codes.
    """
    return totp.of(account) is not None or (account.realm is Realm.STAFF and factors.asked_of(account))


def confirm(row: SignInSession, password: str, code: str) -> str:
    """Believe the user of a session for a while; it goes on under a new handle, which comes back.

    Raises:
        WrongPassword: the current password is another.
        WrongCode: a code is asked for, and this is neither that of the app nor a recovery code.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    account, method = row.account, "password"
    known = passwords.check_current(account, password)
    counts_code = asks_code(account)
    if counts_code:
        second_step.count_try(account)
    passwords.confirm_unchanged(account, known)
    if counts_code:
        method = second_step.use(account, code) or ""
        if not method:
            raise WrongCode(_("This code is not right. Wait for the next one and type it."))
    return sessions.confirm(row, method)
