"""A customer's own pages: details, telephones, photo and address book; and the door for received texts."""

from portal.customers.views.addresses import addresses
from portal.customers.views.photo import photo
from portal.customers.views.profile import profile
from portal.customers.views.reaching import reaching
from portal.customers.views.texting import texting

blueprints = (addresses, profile, reaching, photo, texting)

__all__ = ["blueprints"]
