"""Step-up: whoever uses a session proves once more who they are, by the password and the app where there is one."""

from portal.accounts.errors import WrongCode
from portal.accounts.models import SignInSession
from portal.accounts.service import passwords, second_step, sessions, totp
from portal.foundation.text import _


def confirm(row: SignInSession, password: str, code: str) -> str:
    """Believe the user of a session for a while; it goes on under a new handle, which comes back.

    Raises:
        WrongPassword: the current password is another.
        WrongCode: the account has an app, and this is neither its code nor a recovery code.
        TooMany: asked too often.
        Busy: too many hashes wait already.
    """
    account, method = row.account, "password"
    known = passwords.check_current(account, password)
    has_app = totp.of(account) is not None
    if has_app:
        second_step.count_try(account)
    passwords.confirm_unchanged(account, known)
    if has_app:
        method = second_step.use(account, code) or ""
        if not method:
            raise WrongCode(_("This code is not right. Wait for the next one and type it."))
    return sessions.confirm(row, method)
