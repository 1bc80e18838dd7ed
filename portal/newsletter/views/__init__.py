"""The blueprints of this feature."""

from portal.newsletter.views.archive import archive
from portal.newsletter.views.clicking import clicking_pages
from portal.newsletter.views.joining import joining
from portal.newsletter.views.leaving import leaving
from portal.newsletter.views.pictures import pictures
from portal.newsletter.views.preferences import preferences
from portal.newsletter.views.proving import proving
from portal.newsletter.views.switches import switches

blueprints = (clicking_pages, joining, leaving, pictures, preferences, proving, archive, switches)

__all__ = ["blueprints"]
