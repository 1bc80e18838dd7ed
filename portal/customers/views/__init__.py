"""A customer's own pages: details, telephones, photo and address book."""

from portal.customers.views.addresses import addresses
from portal.customers.views.photo import photo
from portal.customers.views.profile import profile
from portal.customers.views.reaching import reaching

blueprints = (addresses, profile, reaching, photo)

__all__ = ["blueprints"]
