"""The version of the terms that a registration records; it changes with templates/storefront/terms.html."""

from datetime import date

TERMS_OF = date(2026, 11, 21)
TERMS_VERSION = TERMS_OF.isoformat()
