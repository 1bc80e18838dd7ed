"""The commands of the README on machines that lack something."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Stands for a Python: answers what tools/environment.sh asks it, and makes a venv that notes what pip was told.
PYTHON = """#!/bin/sh
case "$*" in
    *version_info*3,\\ 11*) exit {too_old} ;;
    *import\\ ensurepip*) exit {without_ensurepip} ;;
    *python%d.%d-venv*) echo python3.11-venv ;;
    *venv\\ --clear*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *pip\\ install*) echo "$*" >>pip-calls; exit {pip_fails} ;;
esac
"""


class Machine:
    """A folder with a lock, and a search path that holds one Python only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()
        (folder / "requirements.txt").write_text("flask==3.1.3\n")

    def has_python(self, *, too_old: int = 0, without_ensurepip: int = 0, pip_fails: int = 0) -> None:
        python = self.programs / "python3"
        python.write_text(
            PYTHON.format(too_old=too_old, without_ensurepip=without_ensurepip, pip_fails=pip_fails), encoding="utf-8"
        )
        python.chmod(0o755)

    def prepares(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [ROOT / "tools" / "environment.sh", "requirements.txt"],
            cwd=self.folder,
            env={"PATH": f"{self.programs}:/usr/bin:/bin", "PYTHON": "python3", "HOME": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )

    def pip_calls(self) -> int:
        calls = self.folder / "pip-calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_python_without_ensurepip_gets_one_sentence_that_names_the_package(machine):
    machine.has_python(without_ensurepip=1)
    answer = machine.prepares()
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "install the package python3.11-venv" in answer.stderr


def test_a_python_that_is_too_old_is_told_so(machine):
    machine.has_python(too_old=1)
    answer = machine.prepares()
    assert answer.returncode == 1
    assert answer.stderr.startswith("The portal needs Python 3.11 or newer")


def test_a_lock_is_installed_with_its_hashes_and_again_only_when_it_changed(machine):
    machine.has_python()
    assert machine.prepares().returncode == 0
    assert "--require-hashes -r requirements.txt" in (machine.folder / "pip-calls").read_text()
    machine.prepares()
    assert machine.pip_calls() == 1
    (machine.folder / "requirements.txt").write_text("flask==3.1.4\n")
    machine.prepares()
    assert machine.pip_calls() == 2


def test_an_installation_that_failed_is_tried_again(machine):
    machine.has_python(pip_fails=1)
    assert machine.prepares().returncode != 0
    assert machine.prepares().returncode != 0
    assert machine.pip_calls() == 2


def test_make_alone_lists_every_command_that_the_readme_promises():
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in ("run", "test", "sure", "look", "bench", "migrate", "worker", "demo", "format", "lock", "vendor"):
        assert f"  make {command} " in listed


def test_continuous_integration_calls_the_test_command():
    assert "make --no-print-directory test" in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
