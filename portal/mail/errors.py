"""Undelivered: a mail that the mail server did not take."""


class Undelivered(Exception):
    """The mail server did not take a mail; the message is what it said.

    `for_good` tells whether another try could ever help.
    """

    def __init__(self, reply: str, *, for_good: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.for_good = for_good
