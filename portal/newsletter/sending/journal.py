"""What a connection was about to do and what came of it, in a file that survives the death of its process."""

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = "journal"  # in INSTANCE
BOOT = Path("/proc/sys/kernel/random/boot_id")
_LINE = re.compile(rb"^(?:D (\d+) (\d+) (\d+)|A (\d+) (\d+) (\d{3}\b.*))\n", re.MULTILINE)


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


class TakenOver(Exception):
    """Another connection of this process took over what this one was about to do."""


class Journal:
    """The file of one connection: `D` before the body of a mail, `A` after the answer."""

    def __init__(self, folder: Path, owner: Owner) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / str(owner)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._lock = threading.Lock()
        self._is_taken_over = False

    def start(self, campaign_id: int, subscription_id: int, epoch: int) -> None:
        """The body goes out next.

        Raises:
            OSError: the disk is full: nothing may be sent that cannot be noted first.
            TakenOver: somebody has read this journal, and sends what was not in it.
        """
        with self._lock:
            if self._is_taken_over:
                raise TakenOver
            self._write(b"D %d %d %d\n" % (campaign_id, subscription_id, epoch))

    def take_over(self) -> None:
        """Let nothing more begin: what is in the journal now is all, until it is cleared."""
        with self._lock:
            self._is_taken_over = True

    def answer(self, campaign_id: int, subscription_id: int, reply: str) -> None:
        """This is what the server said."""
        kept = " ".join(reply.split())[:100].encode("ascii", "replace")
        self._write(b"A %d %d %b\n" % (campaign_id, subscription_id, kept))

    def clear(self) -> None:
        """All of it is in the database."""
        with self._lock:
            os.ftruncate(self._file, 0)
            self._is_taken_over = False

    def close(self) -> None:
        """All of it is in the database, and nothing more comes."""
        os.close(self._file)
        self.path.unlink(missing_ok=True)

    def _write(self, line: bytes) -> None:
        written = os.write(self._file, line)
        if written != len(line):  # a disk that is nearly full takes a part, which the next line must not follow
            os.ftruncate(self._file, os.fstat(self._file).st_size - written)
            raise OSError("The journal could not be written whole.")


def left_behind(folder: Path) -> Iterator[tuple[Owner, Path]]:
    """The journals of connections whose process is gone."""
    for path in sorted(folder.glob("*.*.*.*")):
        owner = Owner.read(path.name)
        if owner is not None and not owner.is_alive:
            yield owner, path


def read(path: Path) -> Records:
    """What a journal holds; a line that was cut off, or that a power cut left as noughts, counts for nothing."""
    found = Records()
    for line in _LINE.finditer(path.read_bytes()):
        campaign_id, recipient_id, epoch, of_campaign, of_recipient, reply = line.groups()
        if epoch is not None:
            who = int(campaign_id), int(recipient_id)
            found.started[who] = int(epoch)
            found.answers.pop(who, None)
        else:
            found.answers[int(of_campaign), int(of_recipient)] = reply.decode("ascii", "replace")
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
