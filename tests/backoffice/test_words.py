"""Whatever the code calls an act or a right, people read it in words."""

import re
from pathlib import Path

import portal
from portal.backoffice import acts, rights
from portal.groups.models import ApplicationState
from portal.staff.rules import Permission

RECORDED = re.compile(r'\brecord\(\s*"([^"]+)"')
SOURCES = Path(portal.__file__).parent.rglob("*.py")


def test_every_act_that_is_recorded_has_words():
    recorded = {verb for source in SOURCES for verb in RECORDED.findall(source.read_text(encoding="utf-8"))}
    recorded |= {
        f"application.{state.value}" for state in ApplicationState if state is not ApplicationState.NEEDS_INFORMATION
    }
    assert recorded - set(acts.WORDS) == set()


def test_every_permission_is_told_in_words_of_its_feature(app):
    rows = {row["label"]: row["value"] for row in rights.in_words(Permission)}
    assert rows["Customers"].startswith("Look, add, change, decide applications, verify who is calling")
    assert len(rows) == len(rights.FEATURES)
    assert rows["Audit log"] == "Look"
