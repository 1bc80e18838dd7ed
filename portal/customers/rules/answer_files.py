"""Files as answers: which kinds are taken, known by what is in them and not by what they are called."""

import unicodedata

from portal.foundation.text import _

LARGEST = 5 * 1024 * 1024  # bytes
ACCEPT = ".pdf,.png,.jpg,.jpeg,.webp"
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
LONGEST_NAME = 120


class NotTaken(ValueError):
    """A file that is too large, empty, or of another kind; the message is fit for whoever chose it."""


def kind_of(content: bytes) -> str:
    """The media type of a file, by its first and last bytes.

    Raises:
        NotTaken: it is none of those that are taken.
    """
    if not content:
        raise NotTaken(_("This file is empty. Choose another one."))
    if len(content) > LARGEST:
        raise NotTaken(_("This file is larger than 5 MB. Choose a smaller one."))
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        kind = "application/pdf" if b"%%EOF" in content[-2048:] else ""
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "image/png" if content[12:16] == b"IHDR" and b"IEND" in content[-64:] else ""
    elif content.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg" if b"\xff\xd9" in content[-2048:] else ""
    elif content.startswith(b"RIFF") and content[8:16] in (b"WEBPVP8 ", b"WEBPVP8L", b"WEBPVP8X"):
        kind = "image/webp" if int.from_bytes(content[4:8], "little") + 8 <= len(content) else ""
    else:
        raise NotTaken(_("Choose a PDF, PNG, JPEG or WebP file. This one is of another kind, whatever it is called."))
    if not kind:
        raise NotTaken(_("This file is damaged. Save or scan it once more and choose the new one."))
    return kind


def name_of(given: str, media_type: str) -> str:
    """A name to show and to save under: what the owner called it, with the ending of what it is."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(letter for letter in unicodedata.normalize("NFC", last) if unicodedata.category(letter)[0] != "C")
    stem = " ".join(kept.rpartition(".")[0].split()) or " ".join(kept.split()).strip(".")
    return f"{stem[:LONGEST_NAME].strip(' .') or 'file'}.{ENDINGS[media_type]}"
