"""What a process loads before its first task: a library that few need is loaded by whoever needs it first."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

# Megabytes, each of them, and most processes of a day need none.
RARE = {
    *("aiosmtpd", "alembic", "cbor2", "cryptography", "dns", "flufl", "mako", "markdown_it"),
    *("OpenSSL", "phonenumbers", "PIL", "python_calamine", "rich", "segno", "stdnum", "webauthn", "xlsxwriter"),
}
OF_PAGES = {"bcrypt", "flask_limiter", "flask_wtf", "wtforms", "portal.backoffice", "portal.storefront", "portal.whole"}
OF_OTHER_PROCESSES = {"portal.cli.demo", "portal.cli.serving", "portal.newsletter.tasks", "portal.worker"}
ROOMS_OF_PAGES = {"views", "forms", "guards", "listeners"}
DATABASE = "postgresql+psycopg://nobody@localhost/nowhere"
PROGRAM = """
import sys
from portal import create_app, sender
sender.create_app()
print(*sys.modules)
create_app()
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The modules of a sender, then of the whole portal; in a process of its own, since this one has loaded more."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    # Nothing connects before it is asked for something.
    env = own | {"PORTAL_INSTANCE": str(tmp_path_factory.mktemp("light")), "PORTAL_DATABASE_URL": DATABASE}
    words = (sys.executable, "-c", PROGRAM)
    done = subprocess.run(words, check=True, cwd=ROOT, env=env, capture_output=True, text=True)
    return [set(line.split()) for line in done.stdout.splitlines()]


def test_a_sender_loads_no_page_and_nothing_rare(loaded):
    of_sender, _whole = loaded
    assert of_sender & (RARE | OF_PAGES) == set()
    assert [name for name in of_sender if name.startswith("portal.") and ROOMS_OF_PAGES & set(name.split("."))] == []


def test_the_whole_portal_loads_nothing_rare_before_it_is_needed(loaded):
    _sender, whole = loaded
    assert whole & (RARE | OF_OTHER_PROCESSES) == set()
    assert whole >= OF_PAGES


def test_only_the_dialect_of_the_database_at_hand_is_loaded(loaded):
    for modules in loaded:
        assert "sqlalchemy.dialects.postgresql" in modules
        assert "sqlalchemy.dialects.sqlite" not in modules
