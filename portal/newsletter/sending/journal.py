"""What a connection was about to do and what came of it, in a file that survives the death of its process."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = "journal"  # in INSTANCE
BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Owner:
    """The connection that a journal belongs to; its name is also that of the lease."""

    boot: str  # of the machine: after another start the end of a journal may be missing
    pid: int
    born: str  # of the process, in ticks since the machine started: a pid alone may mean another one by now
    lane: int

    @classmethod
    def mine(cls, lane: int) -> "Owner":
        """A connection of this process."""
        return cls(boot(), os.getpid(), born(os.getpid()), lane)

    @classmethod
    def read(cls, name: str) -> "Owner | None":
        """The owner that a name tells of; None for a name that is none."""
        parts = name.split(".")
        if len(parts) != 4 or not parts[1].isdigit() or not parts[3].isdigit():
            return None
        return cls(parts[0], int(parts[1]), parts[2], int(parts[3]))

    def __str__(self) -> str:
        return f"{self.boot}.{self.pid}.{self.born}.{self.lane}"

    @property
    def is_alive(self) -> bool:
        """Whether its process still runs, stopped or not."""
        return self.boot == boot() and self.born != "" and born(self.pid) == self.born


@dataclass
class Records:
    """What a journal holds: for each campaign and recipient the epoch of the last start, and the answer to it."""

    started: dict[tuple[int, int], int] = field(default_factory=dict)
    answers: dict[tuple[int, int], str] = field(default_factory=dict)


class Journal:
    """The file of one connection: `D` before the body of a mail, `A` after the answer."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / str(owner)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def start(self, campaign_id: int, subscription_id: int, epoch: int) -> None:
        """The body goes out next.

        Raises:
            OSError: the disk is full: nothing may be sent that cannot be noted first.
        """
        self._write(b"D %d %d %d\n" % (campaign_id, subscription_id, epoch))

    def answer(self, campaign_id: int, subscription_id: int, reply: str) -> None:
        """This is what the server said."""
        kept = " ".join(reply.split())[:100].encode("ascii", "replace")
        self._write(b"A %d %d %b\n" % (campaign_id, subscription_id, kept))

    def clear(self) -> None:
        """All of it is in the database."""
        os.ftruncate(self._file, 0)

    def close(self) -> None:
        """All of it is in the database, and nothing more comes."""
        os.close(self._file)
        self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        written = os.write(self._file, line)
        if written != len(line):  # a disk that is nearly full takes a part
            raise OSError("The journal could not be written whole.")


def left_behind(folder: Path) -> Iterator[tuple[Owner, Path]]:
    """The journals of connections whose process is gone."""
    for path in sorted(folder.glob("*.*.*.*")):
        owner = Owner.read(path.name)
        if owner is not None and not owner.is_alive:
            yield owner, path


def read(path: Path) -> Records:
    """What a journal holds; a line that was cut off counts for nothing."""
    found = Records()
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            continue
        mark, *rest = line.decode("ascii", "replace").rstrip("\n").split(" ", 3)
        who = int(rest[0]), int(rest[1])
        if mark == "D":
            found.started[who] = int(rest[2])
            found.answers.pop(who, None)
        else:
            found.answers[who] = rest[2] if len(rest) > 2 else ""
    return found


def boot() -> str:
    """Which start of the machine this is; empty where the system does not tell."""
    try:
        return BOOT.read_text(encoding="ascii").strip().replace(".", "-")
    except OSError:
        return ""


def born(pid: int) -> str:
    """When a process was started, in ticks since the machine was; empty when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    told = stat.rpartition(")")[2].split()
    return "" if told[0] in ("Z", "X") else told[19]
