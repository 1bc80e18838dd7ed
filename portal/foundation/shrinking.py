"""A program of its own that makes small pictures of a strange one: reads it from its input, limited in memory and time.

It knows nothing of the portal and holds no secret, so a fault in a decoder reaches neither. What comes out is the sizes
as WebP, each after its length in eight bytes; or, with exit code 3, one word for what is wrong. Told `within` a width,
it is the whole picture, as JPEG or, where one sees through it, PNG: what every mail program shows.
"""

import resource
import sys
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY = 768 * 1024 * 1024  # bytes of addresses: sixteen megapixels thrice, and the libraries
SECONDS = 10
FORMATS = ("PNG", "JPEG", "WEBP")
TWICE = "MPO"  # a JPEG as telephones write it: a still picture first, its depth or its light as further ones behind it
MOST_PIXELS = 16_000_000
REFUSED = 3


class Refused(Exception):
    """One word for what is wrong."""


def main() -> int:
    """Do it; the sizes are given as arguments."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    whole = sys.argv[1] == "within"
    sizes = [int(size) for size in sys.argv[1 + whole :]]
    try:
        content = sys.stdin.buffer.read()
        made = _narrow(content, sizes[0]) if whole else _shrink(content, sizes)
    except Refused as word:
        sys.stdout.write(str(word))
        return REFUSED
    except MemoryError:
        sys.stdout.write("pixels")
        return REFUSED
    except Exception:  # noqa: BLE001 - decoders raise whatever they like
        sys.stdout.write("broken")
        return REFUSED
    for picture in made:
        sys.stdout.buffer.write(len(picture).to_bytes(8) + picture)
    return 0


def _read(content: bytes, size: int) -> "Image":
    """The picture, upright, not much larger than twice a size."""
    # Within the limits; the plugins by name, else Pillow loads those of all forty kinds.
    from PIL import (  # noqa: PLC0415
        Image,
        ImageOps,
        JpegImagePlugin,  # noqa: F401
        PngImagePlugin,  # noqa: F401
        UnidentifiedImageError,
        WebPImagePlugin,  # noqa: F401
    )

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        picture = Image.open(BytesIO(content), formats=FORMATS)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Refused("pixels" if isinstance(error, Image.DecompressionBombError) else "format") from error
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused("pixels")
    if picture.format != TWICE and getattr(picture, "n_frames", 1) > 1:
        raise Refused("moving")
    picture.draft("RGB", (4 * size, 4 * size))
    upright = ImageOps.exif_transpose(picture)
    whole = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    return whole.reduce(max(1, min(whole.size) // (2 * size)))  # coarse and quick, for what is left of a large one


def _shrink(content: bytes, sizes: list[int]) -> list[bytes]:
    from PIL import ImageOps  # noqa: PLC0415 - within the limits

    whole = _read(content, max(sizes))
    return [_saved(ImageOps.fit(whole, (size, size)), "WEBP", quality=82) for size in sizes]


def _narrow(content: bytes, width: int) -> list[bytes]:
    whole = _read(content, width)
    if whole.width > width:
        whole = whole.resize((width, max(1, round(whole.height * width / whole.width))))
    if whole.mode == "RGBA":
        return [_saved(whole, "PNG", optimize=True)]
    return [_saved(whole, "JPEG", quality=85, optimize=True, progressive=True)]


def _saved(picture: "Image", kind: str, **how: object) -> bytes:
    picture.info.clear()  # no EXIF, no profile, no comment
    out = BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
