"""Attack the portal by every family of attacks there is, then spoil one line after the other and see the tests notice.

Prints two tables and ends with 1 when a goal was missed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.families import FAMILIES, Family
from tests.hostile.sabotage import DEFECTS, Defect

ROOT = Path(__file__).parents[1]
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "tests.hostile.plugin", "--no-header", "--tb=line", "-rN")
DATABASES = {"sqlite": "not postgresql", "postgresql": "postgresql"}  # and how pytest leaves out the other
FAILED = 1  # how pytest ends when tests failed, and only then


@dataclass(frozen=True)
class Noticed:
    """What became of one defect."""

    defect: Defect
    by: str  # the test that failed first; empty when none did
    trouble: str = ""  # why the run says nothing

    @property
    def counts(self) -> bool:
        return bool(self.by)


def main() -> int:
    """Both tables; 0 when every goal is met."""
    with tempfile.TemporaryDirectory() as compiled:
        if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):  # none beside the sources, then, but a run for each defect
            os.environ["PYTHONPYCACHEPREFIX"] = compiled
        return attack_and_spoil()


def attack_and_spoil() -> int:
    """Attack, then spoil; 0 when every goal is met."""
    start = time.monotonic()
    counts, passed = attack()
    met = show_families(counts)
    print(f"{'every attack was refused' if passed else 'SOME TESTS FAILED'} ({time.monotonic() - start:.0f} s)\n")
    found = sabotage(known_green=attacking() if passed else ())
    show_defects(found)
    whole = all(one.counts for one in found)
    print(f"{time.monotonic() - start:.0f} s in all")
    return 0 if passed and met and whole else 1


def attack() -> tuple[dict[str, list[int]], bool]:
    """Run the families; what was tried and refused of each, and whether every test passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "attacks.json"
        command = (*PYTEST, "-n", "2", f"--attacks-to={report}", *attacking())
        every = {**os.environ, "PORTAL_TEST_EVERY_ATTACK": "1"}
        run = subprocess.run(command, cwd=ROOT, env=every, check=False)
        counts = json.loads(report.read_text()) if report.exists() else {}
    return counts, run.returncode == 0


def attacking() -> list[str]:
    """The files of all families, from the root."""
    found = {path for family in FAMILIES for pattern in family.files for path in ROOT.glob(pattern)}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def show_families(counts: dict[str, list[int]]) -> bool:
    """Print the table of families; whether every goal is met."""
    print(f"\n{'':>3} {'family':<26} {'tried':>7} {'refused':>8} {'goal':>6}  met")
    met = [_show_family(family, *counts.get(family.name, (0, 0))) for family in FAMILIES]
    return all(met)


def _show_family(family: Family, tried: int, refused: int) -> bool:
    fine = bool(family.absent) or (tried >= family.floor and refused == tried)
    said = family.absent if family.absent and (tried < family.floor or not tried) else "yes" if fine else "NO"
    print(f"{family.number:>3} {family.name:<26} {tried:>7,} {refused:>8,} {family.floor:>6,}  {said}")
    return fine


def sabotage(known_green: Collection[str] = ()) -> list[Noticed]:
    """Run the tests of each defect without it, unless their file was just seen to be green, then with it.

    What nobody notices in the warm process is tried once more in one of its own, which spoils whatever the line is.
    """
    green = _of_all(known_green)
    defects = list(DEFECTS.values())
    tasks = [("", *task) for task in green] + [(one.name, one.tests, one.database) for one in defects]
    failed = in_warm_process(tasks)
    without, with_it = failed[: len(green)], failed[len(green) :]
    if any(test != "" for test in without):
        print("without any defect these fail:", *(test or "no answer" for test in without if test != ""))
        return [Noticed(defect, "", "its tests fail without it") for defect in defects]
    found = dict(zip(defects, with_it, strict=True))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        alone = dict(zip(found, pool.map(lambda one: None if found[one] else spoil(one), found), strict=True))
    return [alone[one] or Noticed(one, _short(test)) for one, test in found.items()]


def _of_all(known_green: Collection[str]) -> list[tuple[list[str], str]]:
    """The tests of all defects in each file, by database."""
    named = {(test, one.database) for one in DEFECTS.values() for test in one.tests}
    found: dict[tuple[str, str], list[str]] = {}
    for test, database in sorted(named):
        file = test.partition("::")[0]
        if f"tests/{file}" not in known_green:
            found.setdefault((file, database), []).append(test)
    return [(tests, database) for (_file, database), tests in found.items()]


def in_warm_process(tasks: Sequence[tuple[str, Sequence[str], str]]) -> list[str | None]:
    """Do tasks in forks of one process; the test that failed of each, nothing where all passed, None without an answer.

    Args:
        tasks: name of a defect, or nothing to try none; tests; database.
    """
    files = {f"tests/{test.partition('::')[0]}" for _name, tests, _database in tasks for test in tests}
    with tempfile.TemporaryDirectory() as folder:
        told, answers = Path(folder) / "tasks.json", Path(folder) / "answers"
        answers.mkdir()
        told.write_text(json.dumps(tasks))
        options = (f"--tasks={told}", f"--answers={answers}")
        command = (*PYTEST, "-p", "tests.hostile.warm", *options, *sorted(files))
        run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        found = {int(path.name): path.read_text() for path in answers.iterdir()}
    if not found:
        print((run.stdout + run.stderr)[-3000:])
    return [found.get(number) for number in range(len(tasks))]


def spoil(defect: Defect) -> Noticed:
    """Run the tests of one defect with it, in a process of its own."""
    run = subprocess.run(
        _selection(defect.tests, defect.database, "-x", "-rfE"),
        cwd=ROOT,
        env={**os.environ, "SABOTAGE": defect.name},
        check=False,
        capture_output=True,
        text=True,
    )
    failed = [
        line.split(" ")[1] for line in run.stdout.splitlines() if line.startswith(("FAILED tests/", "ERROR tests/"))
    ]
    if run.returncode != FAILED or not failed:
        lines = (run.stdout + run.stderr).strip().splitlines()
        return Noticed(defect, "", lines[-1][:80] if lines else "nothing ran")
    return Noticed(defect, _short(failed[0]))


def _short(test: str) -> str:
    return test.partition("::")[2].partition("[")[0]


def _selection(tests: Sequence[str], database: str, *options: str) -> tuple[str, ...]:
    return (*PYTEST, *options, "-k", DATABASES[database], *(f"tests/{test}" for test in tests))


def show_defects(found: list[Noticed]) -> None:
    """Print the table of defects."""
    print(f"{'defect':<66} noticed by")
    for one in found:
        print(f"{one.defect.name:<66} {one.by or f'NOBODY ({one.trouble})'}")
    print(f"{sum(one.counts for one in found)} of {len(found)} defects noticed")


if __name__ == "__main__":
    sys.exit(main())
