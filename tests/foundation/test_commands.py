"""Commands that are imported when they are called: each is where the portal says, and unknown ones are refused."""

import click
import pytest

from portal import __main__ as program
from portal import whole


@pytest.mark.parametrize("name", sorted(whole.COMMANDS))
def test_a_command_is_found_by_its_own_name(app, name):
    found = app.cli.get_command(click.Context(app.cli), name)
    assert found.name == name
    assert found is app.cli.get_command(click.Context(app.cli), name)


def test_help_lists_all_of_them(app):
    assert set(app.cli.list_commands(click.Context(app.cli))) == set(whole.COMMANDS)


def test_a_word_that_is_no_command_ends_the_program_with_words(app, monkeypatch):
    monkeypatch.setattr(program.ScriptInfo, "load_app", lambda _: app)
    monkeypatch.setattr("sys.argv", ["portal", "wsgi", "wrok"])
    with pytest.raises(SystemExit, match="no command 'wrok'"):
        program.main()
