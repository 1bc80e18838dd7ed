"""Where somebody is signed in, in either realm: end one device, all others, or all."""

from dataclasses import dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts import guards
from portal.accounts.models import Realm
from portal.accounts.service import devices, sessions


@dataclass(frozen=True)
class DevicePages:
    """The acts of a realm: the endpoint of the page with the list, and the door that is left open at the end."""

    realm: Realm
    home: str
    door: str

    def end(self, session_id: int) -> ResponseReturnValue:
        """Sign one device out."""
        devices.sign_out(guards.the_account(), session_id)
        flash(_("The device is signed out."), "ok")
        return redirect(url_for(self.home), 303)

    def end_others(self) -> ResponseReturnValue:
        """Sign every device out but this one."""
        row = guards.the_session()
        devices.sign_out_others(guards.the_account(), row)
        guards.renew(sessions.renew(row), self.realm)  # a copy of this browser's cookie is another browser, too
        flash(_("All other devices are signed out."), "ok")
        return redirect(url_for(self.home), 303)

    def end_all(self) -> ResponseReturnValue:
        """Sign every device out, this one too."""
        devices.sign_out_everywhere(guards.the_account())
        guards.leave(self.realm)
        flash(_("You are signed out on every device."), "ok")
        return redirect(self.door, 303), {"Clear-Site-Data": '"cache"'}
