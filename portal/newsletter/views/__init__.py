"""The blueprints of this feature."""

from portal.newsletter.views.joining import joining
from portal.newsletter.views.leaving import leaving
from portal.newsletter.views.preferences import preferences
from portal.newsletter.views.switches import switches

blueprints = (joining, leaving, preferences, switches)

__all__ = ["blueprints"]
