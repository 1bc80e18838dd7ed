"""What running processes have used of the processor and of memory, as Linux tells it."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Used:
    """Seconds of processor time: of threads with the priority of the bench, and of nicer ones (hashes, senders)."""

    working: float
    nicely: float

    @property
    def all(self) -> float:
        """Of both."""
        return self.working + self.nicely

    def __sub__(self, other: "Used") -> "Used":
        return Used(self.working - other.working, self.nicely - other.nicely)


def named(root: int, word: str) -> list[int]:
    """The process `root` and all below it whose command has this word."""
    return [pid for pid in _tree(root) if word in _command(pid)]


def used(pids: list[int]) -> Used:
    """Processor time of all living threads of these processes; those stand back that are nicer than the bench is."""
    sums, usual = {False: 0, True: 0}, os.getpriority(os.PRIO_PROCESS, 0)
    for pid in pids:
        for thread in (PROC / str(pid) / "task").iterdir():
            is_nice = int(_status(thread)[16]) > usual
            sums[is_nice] += int((thread / "schedstat").read_text().split()[0])
    return Used(sums[False] / 1e9, sums[True] / 1e9)


def spent(pids: list[int]) -> float:
    """Processor time of these processes in seconds, that of threads which ended included; to a hundredth."""
    ticks = sum(int(_status(PROC / str(pid))[place]) for pid in pids for place in (11, 12))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pids: list[int]) -> float:
    """MB that the largest of these processes holds."""
    return max(_resident(pid) for pid in pids)


def _tree(root: int) -> list[int]:
    parents = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_status(entry)[1])
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _status(entry: Path) -> list[str]:
    """The fields of a stat file behind the name, which may hold anything."""
    return (entry / "stat").read_text().rpartition(")")[2].split()


def _command(pid: int) -> str:
    return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _resident(pid: int) -> float:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6
