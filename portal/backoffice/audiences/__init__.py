"""Audiences in the back office: who is in them, parts of them, files in and out."""

from portal.backoffice.audiences.editing import editing
from portal.backoffice.audiences.people import audiences
from portal.backoffice.audiences.segments import segments

blueprints = (audiences, editing, segments)

__all__ = ["blueprints"]
