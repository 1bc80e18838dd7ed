"""Write the pages of docs/ that the code itself knows; with --check only say which of them are out of date."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from portal.settings_page import document  # noqa: E402 - the project is no installed package

PAGES = {"docs/settings.md": document}


def main() -> int:
    """Give the exit code: 1 when a page checked is out of date."""
    late = [name for name, page in PAGES.items() if _read(ROOT / name) != page()]
    if "--check" in sys.argv:
        for name in late:
            print(f"{name} is out of date: call make docs.")
        return 1 if late else 0
    for name in late:
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"{name} written.")
    return 0


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8") if page.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
