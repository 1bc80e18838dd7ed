"""The count of what was tried and what was refused, kept by every attack of these tests."""

from collections import Counter

TRIED: Counter[str] = Counter()
REFUSED: Counter[str] = Counter()


def tried(family: str, *, refused: bool, times: int = 1) -> bool:
    """Count attempts of a family and give back whether they were refused, for the assertion that follows."""
    TRIED[family] += times
    if refused:
        REFUSED[family] += times
    return refused


def take() -> dict[str, list[int]]:
    """Everything counted since the last time, by family: tried, refused."""
    found = {family: [TRIED[family], REFUSED[family]] for family in TRIED}
    TRIED.clear()
    REFUSED.clear()
    return found
