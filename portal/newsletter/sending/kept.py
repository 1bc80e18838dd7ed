"""A way out for a shop without a mail server: campaign mails become files, beside the other mails that are kept."""

import itertools

from portal.mail.transport import Folder
from portal.newsletter.sending.message import Wire
from portal.newsletter.sending.smtp import GO_ON, Reply

TAKEN = Reply(250, "kept as a file")
ENVELOPE = Reply(GO_ON, "")

_number = itertools.count()


class Kept:
    """Takes what a mail server would."""

    takes_any_letters = True

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def exchange(self, body: bytes | None, following: Wire | None) -> tuple[Reply | None, Reply | None]:
        """Keep a mail; every envelope is taken."""
        if body is not None:
            self._folder.keep(body, f"campaign{next(_number)}")
        return (TAKEN if body is not None else None), (ENVELOPE if following is not None else None)

    def close(self) -> None:
        """Nothing is open."""
