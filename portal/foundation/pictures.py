"""Pictures that people send: made anew by a program of its own, so that nothing of the file is kept or served.

That takes seconds, so it has to come before anything is written.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import BoundedSemaphore

from portal.foundation import database, shrinking
from portal.foundation.errors import Busy
from portal.foundation.text import _

LARGEST = 5 * 1000 * 1000  # bytes
PATIENCE = 20  # seconds for one picture; the program ends itself before
AT_ONCE = BoundedSemaphore(2)
PROGRAM = str(Path(shrinking.__file__))
MEDIA_TYPE = "image/webp"
FRAMES = (0xC0, 0xC1, 0xC2)  # markers of a JPEG behind which its size stands
BEGINNINGS = (rb"\x89PNG\r\n\x1a\n", rb"\xff\xd8\xff", rb"RIFF....WEBP")


class NoPicture(Exception):
    """The bytes are no picture that is taken; the message says why."""


def squares(content: bytes, sizes: Sequence[int]) -> list[bytes]:
    """A picture cut to squares of these sizes (pixels), as WebP.

    Raises:
        NoPicture: too large, broken, moving, or of another kind than PNG, JPEG and WebP.
        Busy: other pictures are being made.
    """
    return _made(content, *map(str, sizes))


def within(content: bytes, width: int) -> bytes:
    """A whole picture, no wider than so many pixels, as JPEG or, where one sees through it, PNG.

    Raises:
        NoPicture: too large, broken, moving, or of another kind than PNG, JPEG and WebP.
        Busy: other pictures are being made.
    """
    return _made(content, "within", str(width))[0]


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG of our own making."""
    if content.startswith(b"\x89PNG"):
        return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    place = 2
    while content[place + 1] not in FRAMES:
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return int.from_bytes(content[place + 7 : place + 9]), int.from_bytes(content[place + 5 : place + 7])


def _made(content: bytes, *told: str) -> list[bytes]:
    if not content:
        raise NoPicture(_("Choose a picture"))
    if len(content) > LARGEST:
        raise NoPicture(_("The picture must be 5 MB or smaller"))
    if not any(re.match(beginning, content, re.DOTALL) for beginning in BEGINNINGS):
        raise NoPicture(_words("format"))
    database.release()  # nobody else could write meanwhile
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise Busy(_("Too many pictures are coming in. Try again in a minute."))
    try:
        done = subprocess.run(  # noqa: S603 - our own program; what is strange goes through its input
            [sys.executable, "-I", PROGRAM, *told],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise NoPicture(_words("pixels")) from None
    finally:
        AT_ONCE.release()
    if done.returncode != 0:
        raise NoPicture(_words(done.stdout.decode("ascii", "replace") if done.returncode == shrinking.REFUSED else ""))
    return _parted(done.stdout)


def _parted(content: bytes) -> list[bytes]:
    parts = []
    while content:
        size = int.from_bytes(content[:8])
        parts.append(content[8 : 8 + size])
        content = content[8 + size :]
    return parts


def _words(word: str) -> str:
    return {
        "format": _("The picture must be a PNG, JPEG or WebP file"),
        "pixels": _("The picture must have 16 megapixels or fewer"),
        "moving": _("The picture must not move. Choose a still one."),
    }.get(word, _("The picture can’t be read. Open it, save it anew and choose it again."))
