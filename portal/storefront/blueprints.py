"""Every page that the storefront itself has; a feature's own pages are its own."""

from portal.storefront.confirmation import confirmation
from portal.storefront.details import details
from portal.storefront.invitation import invitation
from portal.storefront.my_data import my_data
from portal.storefront.overview import overview
from portal.storefront.registration import registration
from portal.storefront.start import start
from portal.storefront.waiting import waiting
from portal.storefront.words import words

blueprints = (start, registration, confirmation, invitation, overview, details, my_data, waiting, words)
