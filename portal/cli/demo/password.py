"""The one password of everybody in the demo shop: made once, kept in the instance, readable by its owner only."""

import os
import secrets
from pathlib import Path

from portal.accounts.rules import answers

KEPT = "demo-password"
WORDS = """
amber anchor apple arrow autumn bamboo basket beacon birch bottle breeze bridge bronze button cactus candle
canyon carpet cedar cherry cinnamon cloud clover cobalt coral cotton crystal daisy desert dolphin ember falcon
feather fern fiddle forest fossil garden garnet ginger glacier granite harbor hazel heron hollow honey indigo
island ivory jasmine jungle juniper kettle kitten ladder lagoon lantern lemon lilac linen lobster lotus magnet
mango maple marble meadow mellow mimosa mirror mosaic mustard nectar nutmeg oasis olive opal orchid osprey
otter paddle papaya pebble pepper pigeon pillow planet plum pocket poppy prairie puzzle quartz quill rabbit
raven ribbon river rocket saffron sailor salmon sandal sapphire shadow silver sparrow spruce summit sunset
tango teapot thistle timber topaz tulip turtle umber valley velvet violet walnut willow window winter zephyr
"""


def read_or_make(instance: Path) -> str:
    """The password in `instance`, made and stored there the first time."""
    path = instance / KEPT
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    made = " ".join(secrets.choice(WORDS.split()) for _ in range(4))
    instance.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{made}\n")
    return made


def as_answer(password: str) -> str:
    """The password as the answer to a security question."""
    return answers.normalise(password)
