"""What a process gives back once it has started: the pages of libraries, and nothing that anybody wrote."""

import hashlib
import sqlite3
import sys
from pathlib import Path

import pytest

from portal.foundation import trimming

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is given back")


def pages_of_files():
    """How many pages of memory hold parts of files."""
    return int(Path("/proc/self/statm").read_text().split()[2])


def test_libraries_are_let_go_and_come_back_when_they_are_used():
    expected = hashlib.sha256(b"lantern").hexdigest()
    before = pages_of_files()
    trimming.settle()
    assert pages_of_files() < before
    assert hashlib.sha256(b"lantern").hexdigest() == expected
    assert sqlite3.connect(":memory:").execute("SELECT upper('lantern')").fetchone() == ("LANTERN",)


def test_what_somebody_wrote_into_a_file_s_memory_is_not_let_go(monkeypatch, tmp_path):
    told = tmp_path / "smaps"
    monkeypatch.setattr(trimming, "MAPS", told)
    told.write_text(
        "1000-2000 r-xp 00000000 fe:00 1 /lib/clean.so\nAnonymous: 0 kB\nPrivate_Dirty: 0 kB\nVmFlags: rd ex\n"
        "2000-3000 r--p 00000000 fe:00 1 /lib/relocated.so\nAnonymous: 4 kB\nPrivate_Dirty: 4 kB\nVmFlags: rd\n"
        "3000-4000 rw-p 00000000 fe:00 1 /lib/data.so\nAnonymous: 0 kB\nPrivate_Dirty: 0 kB\nVmFlags: rd wr\n"
        "4000-5000 r-xp 00000000 00:00 0 [vdso]\nAnonymous: 0 kB\nPrivate_Dirty: 0 kB\nVmFlags: rd ex\n"
    )
    assert list(trimming._unchanged()) == [(0x1000, 0x2000)]


def test_memory_is_looked_through_once_a_second_at_most(monkeypatch):
    monkeypatch.setattr(trimming, "_trimmed", 0.0)
    trimming.trim()
    moment = trimming._trimmed
    trimming.trim()
    assert moment > 0
    assert trimming._trimmed == moment


def test_what_came_too_soon_is_made_good_by_whoever_comes_a_second_later(monkeypatch):
    monkeypatch.setattr(trimming, "_trimmed", 0.0)
    trimming.trim()
    first = trimming._trimmed
    trimming.trim_if_due()
    assert trimming._trimmed == first, "nothing was due"
    trimming.trim()
    trimming.trim_if_due()
    assert trimming._trimmed == first, "it is still too soon"
    monkeypatch.setattr(trimming, "_trimmed", first - trimming.OFTEN)
    trimming.trim_if_due()
    assert trimming._trimmed >= first
    assert not trimming._is_due
