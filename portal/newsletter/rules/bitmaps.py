"""Many ids in few bytes: a bit for each from a first one on, packed so that gaps cost next to nothing."""

import zlib
from collections.abc import Collection


def packed(ids: Collection[int], first: int) -> bytes:
    """Ids as bits; none of them is smaller than `first`.

    >>> [number for number in range(7, 99) if has(packed([7, 15, 90], 7), 7, number)]
    [7, 15, 90]
    """
    bits = bytearray((max(ids) - first) // 8 + 1)
    for number in ids:
        place = number - first
        bits[place >> 3] |= 1 << (place & 7)
    return zlib.compress(bytes(bits), 9)


def has(kept: bytes, first: int, number: int) -> bool:
    """Whether an id is among those that were packed."""
    bits, place = zlib.decompress(kept), number - first
    return 0 <= place < len(bits) * 8 and bool(bits[place >> 3] & 1 << (place & 7))
