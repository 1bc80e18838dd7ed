"""Campaigns: written, looked at, sent and watched."""

from portal.backoffice.campaigns import rehearsals  # noqa: F401 - importing it says how these jobs are told
from portal.backoffice.campaigns.editing import editing
from portal.backoffice.campaigns.library import library
from portal.backoffice.campaigns.previewing import previewing
from portal.backoffice.campaigns.reviewing import reviewing
from portal.backoffice.campaigns.watching import watching

blueprints = (library, editing, previewing, reviewing, watching)
