"""What this feature holds about a person (see `foundation.holdings`): the rows of imports that made or changed them."""

from portal.foundation.holdings import Holding, declare

declare(
    Holding(table="customer_export", kept=True),
    Holding(table="customer_import", kept=True),
    Holding(table="customer_import_row", by={"customer_id": "customers", "email_key": "emails"}),
)
