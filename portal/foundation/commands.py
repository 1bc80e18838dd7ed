"""Commands of an application that are imported when they are called: no web worker ever loads a demo shop."""

from collections.abc import Callable, Mapping

import click
from flask import Flask
from flask.cli import AppGroup
from werkzeug.utils import import_string

Maker = Callable[[Flask], click.Command]


def init_app(app: Flask, commands: Mapping[str, str | Maker]) -> None:
    """Offer commands by their names: where each is written (`module:name`), or what makes it."""
    app.cli = _Commands(app, commands)


class _Commands(AppGroup):
    """The commands of an application, each made when it is asked for."""

    def __init__(self, app: Flask, later: Mapping[str, str | Maker]) -> None:
        super().__init__(name=app.name)
        self._app = app
        self._later = later

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        made = super().get_command(ctx, cmd_name)
        later = self._later.get(cmd_name)
        if made is not None or later is None:
            return made
        command: click.Command = import_string(later) if isinstance(later, str) else later(self._app)
        self.add_command(command, cmd_name)
        return command
