"""Audiences in the back office: who is in them, parts of them, files in and out."""

from portal.backoffice.audiences.editing import editing
from portal.backoffice.audiences.importing import importing
from portal.backoffice.audiences.people import audiences
from portal.backoffice.audiences.segments import segments
from portal.backoffice.audiences.subscribers import subscribers

blueprints = (audiences, editing, segments, subscribers, importing)

__all__ = ["blueprints"]
