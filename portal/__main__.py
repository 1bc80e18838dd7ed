"""`python -m portal APP COMMAND …`: what `flask --app APP COMMAND …` does, for processes that run on and on.

Flask's own command line loads the commands of every library that brings some: eight megabytes of each process.
"""

import sys

import click
from flask.cli import ScriptInfo


def main() -> None:
    """Run a command of an application."""
    app, name, *words = sys.argv[1:]
    info = ScriptInfo(app_import_path=app)
    group = info.load_app().cli
    command = group.get_command(click.Context(group), name)
    if command is None:
        raise SystemExit(f"There is no command {name!r}.")
    command.main(words, prog_name=f"flask {name}", obj=info)


if __name__ == "__main__":
    main()
