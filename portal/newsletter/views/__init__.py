"""The blueprints of this feature."""

from portal.newsletter.views.archive import archive
from portal.newsletter.views.joining import joining
from portal.newsletter.views.leaving import leaving
from portal.newsletter.views.proving import proving
from portal.newsletter.views.switches import switches

blueprints = (joining, leaving, proving, archive, switches)

__all__ = ["blueprints"]
