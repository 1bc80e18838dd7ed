"""Import and export: customers out of files and into files."""

from portal.backoffice.transfers.exporting import exporting
from portal.backoffice.transfers.importing import importing
from portal.backoffice.transfers.permitting import permitting

blueprints = (exporting, permitting, importing)

__all__ = ["blueprints"]
