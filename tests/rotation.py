"""The ring of master keys of a test's application, and what an operator does to it."""

from flask import Flask

from portal.foundation import crypto

NEWER = "a newer key, also long enough for anyone"


class Rotation:
    """A change of keys in phases, each as it is after a restart."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.first = crypto.ring(app).entries

    def rotate(self) -> None:
        crypto.take(self.app, (NEWER, *self.first))

    def drop(self) -> None:
        crypto.take(self.app, (NEWER,))

    def back(self) -> None:
        crypto.take(self.app, self.first)
