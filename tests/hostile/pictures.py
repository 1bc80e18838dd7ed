"""Files that somebody might send for a photo: hostile ones, odd ones, and a plain one."""

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image

SCRIPT = b"<script>alert(1)</script>"


def drawn(kind="PNG", size=(120, 90), mode="RGB", **options):
    """A picture of one colour."""
    out = BytesIO()
    Image.new(mode, size, options.pop("colour", 90)).save(out, kind, **options)
    return out.getvalue()


def moving(kind):
    """Two frames."""
    out = BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def of_a_telephone():
    """A JPEG as telephones write it: its light as a second picture behind it."""
    out = BytesIO()
    picture = Image.new("RGB", (120, 90), "green")
    picture.save(out, "MPO", save_all=True, append_images=[picture.resize((30, 22))])
    return out.getvalue()


def chunk(kind, content):
    """A part of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width, height):
    """A PNG of a few kilobytes that says it is as large as a wall."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def text_bomb():
    """A PNG whose comment unpacks to far more than the picture."""
    plain = drawn()
    comment = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 200_000_000, 9))
    return plain[:33] + comment + plain[33:]


def with_place():
    """A JPEG that tells where and with what it was taken, and lies on its side."""
    picture = Image.new("RGB", (200, 100), "green")
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"SecretComment")
    return out.getvalue()


def zipped(content=b""):
    """A zip archive, behind a picture where one is given."""
    out = BytesIO(content)
    out.seek(0, 2)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("SecretScript.html", SCRIPT)
    return out.getvalue()


# By name, and drawn by the test that sends it: what is refused, however it is called.
REFUSED = {
    "empty": bytes,
    "a text": lambda: b"not a picture at all",
    "a page": lambda: b"<!doctype html>" + SCRIPT,
    "SVG with a script": lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    "GIF that is a script": lambda: b"GIF89a=1;alert(1)//" + b"\0" * 64,
    "a GIF": lambda: drawn("GIF", mode="P"),
    "a BMP": lambda: drawn("BMP"),
    "a TIFF": lambda: drawn("TIFF"),
    "an icon": lambda: drawn("ICO"),
    "a PDF": lambda: drawn("PDF"),
    "PostScript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    "a zip": zipped,
    "an ELF program": lambda: b"\x7fELF" + b"\0" * 128,
    "a wall of a PNG": lambda: bomb(60_000, 60_000),
    "a PNG just too large": lambda: bomb(4_001, 4_000),
    "a PNG with nothing in it": lambda: bomb(100, 100)[:33] + chunk(b"IEND", b""),
    "a PNG with a comment that unpacks": text_bomb,
    "a cut PNG": lambda: drawn(size=(400, 400), colour=(9, 120, 7))[:60],
    "a cut JPEG": lambda: drawn("JPEG")[:200],
    "a WebP that moves": lambda: moving("WEBP"),
    "a PNG that moves": lambda: moving("PNG"),
    "NUL bytes": lambda: b"\0" * 10_000,
    "too many bytes": lambda: drawn() + b"\0" * 5_000_000,
}
# What is taken, and made anew without what it brought.
TAKEN = {
    "a JPEG of a telephone": of_a_telephone,
    "a PNG": drawn,
    "a see-through PNG": lambda: drawn(mode="RGBA", colour=(1, 2, 3, 4)),
    "a PNG of sixteen bits": lambda: drawn(mode="I;16"),
    "a PNG with a palette": lambda: drawn(mode="P"),
    "a JPEG for printers": lambda: drawn("JPEG", mode="CMYK", colour=(1, 2, 3, 4)),
    "a grey JPEG": lambda: drawn("JPEG", mode="L"),
    "a WebP": lambda: drawn("WEBP"),
    "a zip behind a JPEG": lambda: zipped(drawn("JPEG")),
    "a script behind a PNG": lambda: drawn() + SCRIPT,
    "a JPEG that tells where it was": with_place,
    "one dot": lambda: drawn(size=(1, 1)),
    "sixteen megapixels": lambda: drawn(size=(4000, 4000)),
}
# Names that a file may be called; none of them becomes part of a path or an answer.
NAMES = (
    "../../../etc/passwd",
    "photo.php.png",
    "photo.png\x00.html",
    '"><script>.png',
    "CON",
    "a" * 300,
    "फोटो.png",
    "",
)
