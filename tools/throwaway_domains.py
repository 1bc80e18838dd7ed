"""Write portal/customers/rules/throwaway_domains.txt from the list of disposable-email-domains (MIT).

Called seldom, where that is installed (`pip install disposable-email-domains` in an environment that is thrown away).
"""

import sys
from pathlib import Path

from disposable_email_domains import blocklist

TARGET = Path(__file__).parents[1] / "portal/customers/rules/throwaway_domains.txt"


def main() -> int:
    """Write the domains in order, one a line; give the exit code."""
    domains = sorted({domain.strip().lower() for domain in blocklist} - {""})
    TARGET.write_text("\n".join(["", *domains, ""]), encoding="utf-8")
    print(f"{len(domains)} domains written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
