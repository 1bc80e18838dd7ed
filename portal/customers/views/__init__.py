"""A customer's own pages: details and address book."""

from portal.customers.views.addresses import addresses
from portal.customers.views.profile import profile

blueprints = (addresses, profile)

__all__ = ["blueprints"]
