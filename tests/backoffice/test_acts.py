"""Every act that the code writes into the audit log has words for those who read it."""

import re
from pathlib import Path

from portal.backoffice import acts
from portal.groups.models import OPEN_STATES, ApplicationState

WRITTEN = re.compile(r'record\(\s*f?"([a-z_]+\.[a-z_{}.]+)"')
ENDINGS = [f"application.{state}" for state in ApplicationState if state not in OPEN_STATES]


def verbs():
    """The verbs of every call of record() in the portal."""
    for path in Path("portal").rglob("*.py"):
        for verb in WRITTEN.findall(path.read_text()):
            yield from ENDINGS if "{" in verb else [verb]


def test_every_act_has_words():
    written = set(verbs())
    assert len(written) > 20
    assert written - set(acts.WORDS) == set()
