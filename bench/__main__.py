"""python -m bench [SIZE] [PART …] [--on DATABASE]: measure, print, and keep the results in bench/results/."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import calibration, machine, parts, shops
from bench.calibration import Calibration
from bench.figures import Figure, table
from portal.cli.serving import PYTHON

SIZES = {"small": 20_000}  # customers
ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
STEADY = 0.10  # a run in which the machine changed by more is made once more


def main() -> int:
    """Run what was asked for; a missed goal is a result, only what broke is a failure."""
    asked = _asked()
    size = SIZES.get(asked.size) or int(asked.size)
    _keep_bytecode()
    if asked.on:
        shops.choose(asked.on)
    with shops.kept():
        for part in asked.parts or parts.names():
            _measure(part, asked.size, size)
    return 0


def _keep_bytecode() -> None:
    """Have the portal's processes find bytecode, as in a shop: those that compile begin some megabytes larger.

    Theirs is bytecode of its own kind, since `flask serve` starts them without docstrings.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / "build" / "bytecode")
    loaded = "import gunicorn.app.wsgiapp, gunicorn.workers.gthread, portal.sender, portal.whole, portal.worker"
    subprocess.run((*PYTHON, "-c", loaded), cwd=ROOT, check=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the portal.")
    parser.add_argument("size", nargs="?", default="small", type=_size, help="small, or a number of customers")
    parser.add_argument("parts", nargs="*", choices=[[], *parts.names()], help="all of them when none is named")
    parser.add_argument("--on", choices=shops.DATABASES, help="one database alone")
    return parser.parse_args()


def _size(text: str) -> str:
    if text not in SIZES and not (text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text} is neither small nor a number of customers")
    return text


@dataclass(frozen=True)
class _Run:
    """The figures of a part and the machine around it."""

    figures: list[Figure]
    before: Calibration
    after: Calibration
    machine: dict[str, object]
    seconds: int

    @property
    def drift(self) -> float:
        return calibration.drift(self.before, self.after)

    def __str__(self) -> str:
        hashing = f"hash {self.before.hash_ms:.0f} → {self.after.hash_ms:.0f} ms"
        python = f"Python {self.before.python_ms:.1f} → {self.after.python_ms:.1f} ms"
        memory = f"memory {self.before.memory_ms:.1f} → {self.after.memory_ms:.1f} ms"
        care = "" if self.drift <= STEADY else f"; changed by {self.drift:.0%}, so take these figures with care"
        return f"{table(self.figures)}\n\ncalibration: {hashing}, {python}, {memory}{care}"


def _measure(part: str, word: str, size: int) -> None:
    module = importlib.import_module(f"bench.parts.{part}")
    print(f"\n{module.__doc__}\n", flush=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-{part}-{word}.json"
    run = _once(module.run, size)
    _keep(path, _result(run, size) | {"repeated": False})
    if run.drift > STEADY:
        print("The machine changed by more than a tenth meanwhile; once more.\n", flush=True)
        run = _once(module.run, size)
        _keep(path, _result(run, size) | {"repeated": True})


def _result(run: _Run, size: int) -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "customers": size,
        "seconds": run.seconds,
        "machine": run.machine,
        "versions": machine.versions() | {"PostgreSQL": shops.postgres_version()},
        "calibration": {
            "before": run.before.as_json(),
            "after": run.after.as_json(),
            "drift": round(run.drift, 3),
        },
        "figures": [figure.as_json() for figure in run.figures],
    }


def _once(work: Callable[[int], list[Figure]], size: int) -> _Run:
    about, started, before = machine.describe(), time.monotonic(), calibration.measure()
    figures = work(size)
    about["load_after"] = machine.load()
    run = _Run(figures, before, calibration.measure(), about, round(time.monotonic() - started))
    print(f"{run}\n", flush=True)
    return run


def _keep(path: Path, result: dict[str, object]) -> None:
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
