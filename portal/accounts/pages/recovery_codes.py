"""Recovery codes, in either realm: how many are left, a new set, and the set as a file."""

from dataclasses import dataclass

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.rules import recovery_codes as rules
from portal.accounts.service import factors
from portal.accounts.service import recovery_codes as service
from portal.config import settings
from portal.foundation.errors import Expired


@dataclass(frozen=True)
class RecoveryCodePages:
    """The pages of a realm: their address, the folder of their templates, and the page that they belong to."""

    path: str
    templates: str
    home: str

    def show(self) -> ResponseReturnValue:
        """How many codes still work; which they are is not known here."""
        return render_template(
            f"{self.templates}/recovery_codes.html",
            path=self.path,
            home=self.home,
            has=factors.of(guards.the_account()),
        )

    def make(self) -> ResponseReturnValue:
        """Make a new set and show it in this answer, the only one that ever holds it."""
        codes = factors.make_codes(guards.the_account())
        return render_template(f"{self.templates}/codes.html", codes=codes, is_new=False, home=self.home)

    def download(self) -> ResponseReturnValue:
        """The set as a file, of the page that shows it: what is sent must be this account's codes, not used yet.

        Raises:
            Expired: one of them is no code of this account, or no longer works.
        """
        account = guards.the_account()
        codes = [rules.tidied(code) for code in request.form.getlist("codes")[: rules.HOW_MANY]]
        if not service.are_unused(account, codes):
            raise Expired(_("These codes no longer work. Make new ones."))
        lines = [
            _("Recovery codes for %(email)s at %(shop)s", email=account.email, shop=settings().shop_name),
            _("Each works once, in place of the code of your app."),
            "",
            *(rules.readable(code) for code in codes),
            "",
        ]
        name = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
        return Response("\r\n".join(lines), mimetype="text/plain", headers=name)
