"""Staff's pages about customers: the list, one customer, adding and editing, the acts, verifying who calls."""

from portal.backoffice.customers.acting import acting
from portal.backoffice.customers.addresses import addresses
from portal.backoffice.customers.bulk_pages import bulk_acts
from portal.backoffice.customers.contact import contact
from portal.backoffice.customers.editing import editing
from portal.backoffice.customers.erasing import erasing
from portal.backoffice.customers.fields import customer_fields
from portal.backoffice.customers.finding import finding
from portal.backoffice.customers.grouping import customer_groups
from portal.backoffice.customers.identity import identity
from portal.backoffice.customers.keeping import keeping
from portal.backoffice.customers.moving import moving
from portal.backoffice.customers.photos import photos
from portal.backoffice.customers.revealing import revealing
from portal.backoffice.customers.security import helping_out
from portal.backoffice.customers.showing import showing
from portal.backoffice.customers.tags import customer_tags

blueprints = (
    finding,
    keeping,
    bulk_acts,
    editing,
    acting,
    helping_out,
    identity,
    moving,
    customer_fields,
    customer_tags,
    customer_groups,
    contact,
    addresses,
    photos,
    revealing,
    erasing,
    showing,
)

__all__ = ["blueprints"]
