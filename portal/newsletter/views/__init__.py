"""The blueprints of this feature."""

from portal.newsletter.views.clicking import clicking_pages
from portal.newsletter.views.joining import joining
from portal.newsletter.views.leaving import leaving
from portal.newsletter.views.pictures import pictures
from portal.newsletter.views.preferences import preferences
from portal.newsletter.views.switches import switches

blueprints = (clicking_pages, joining, leaving, pictures, preferences, switches)

__all__ = ["blueprints"]
