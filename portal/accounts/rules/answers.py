"""How security answers are normalised before they are hashed or compared."""

import re
import unicodedata

# Accents of Latin, Greek and Cyrillic. Other marks stay: in Indic scripts they are vowels, and without them
# two words become one.
ACCENTS = re.compile("[\u0300-\u036f]")
KEPT = ("L", "N", "M")  # letters, numbers, marks


def normalise(answer: str) -> str:
    """The answer without what people type differently each time: case, accents, spaces, punctuation."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", answer).casefold())
    bare = ACCENTS.sub("", folded)
    return unicodedata.normalize("NFC", "".join(sign for sign in bare if unicodedata.category(sign)[0] in KEPT))
