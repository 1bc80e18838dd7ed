"""Files that people send as answers: honest ones of each kind, and those that pretend."""

from io import BytesIO

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc\xfa\x0f\x00\x01\x05\x01\x02\xcf\xa0.\xcd\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 32 + b"\xff\xd9"
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\r\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
HONEST = {"pdf": PDF, "png": PNG, "jpg": JPEG, "webp": WEBP}

HOSTILE = {
    "empty.pdf": b"",
    "page.pdf": b"<html><script>alert(1)</script></html>",
    "page.png": b"<!doctype html><script>alert(1)</script>",
    "picture.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "picture.gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "program.pdf": b"MZ\x90\x00\x03\x00\x00\x00",
    "program.png": b"\x7fELF\x02\x01\x01\x00",
    "script.jpg": b"#!/bin/sh\nrm -rf /\n",
    "script.php.png": b"<?php system($_GET['c']); ?>",
    "archive.pdf": b"PK\x03\x04\x14\x00\x00\x00",
    "late.pdf": b"<script>alert(1)</script>\n%PDF-1.4\n%%EOF",
    "half.pdf": b"%PDF-1.4\n1 0 obj<<>>endobj",
    "half.png": PNG[:30],
    "half.jpg": JPEG[:20],
    "half.webp": WEBP[:20],
    "liar.png": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "wave.webp": b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 40,
    "old.pdf": b"%PDF-\n%%EOF",
    "text.pdf": b"just words",
    "nul.pdf": b"\x00" * 5000,
    "large.pdf": PDF[:-6] + b"\x00" * (5 * 1024 * 1024) + b"%%EOF\n",
}


def file(content: bytes, name: str) -> tuple[BytesIO, str]:
    """A file as a form sends it."""
    return BytesIO(content), name
