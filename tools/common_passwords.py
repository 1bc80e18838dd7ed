"""Write portal/accounts/rules/common_passwords.txt from the frequency lists of zxcvbn 4.5.0.

Called seldom, where zxcvbn is installed (`pip install zxcvbn==4.5.0` in an environment that is thrown away). Words that
the file has already and zxcvbn does not know stay at its end: they are those of our own.
"""

import sys
import unicodedata
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

TARGET = Path(__file__).parents[1] / "portal/accounts/rules/common_passwords.txt"
SHORTEST = 8  # what is shorter is refused for its length


def main() -> int:
    """Write the words, the most frequent first; give the exit code."""
    ranked = FREQUENCY_LISTS["passwords"]
    words = [*(ranked.split(",") if isinstance(ranked, str) else ranked), *TARGET.read_text(encoding="utf-8").split()]
    plain = [unicodedata.normalize("NFKC", word).casefold() for word in words]
    kept = list(dict.fromkeys(word for word in plain if len(word) >= SHORTEST))
    TARGET.write_text("\n".join(kept) + "\n", encoding="utf-8")
    print(f"{len(kept)} words written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
