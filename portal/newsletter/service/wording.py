"""From blocks to what a campaign says: HTML and text, made once when they are saved."""

from collections.abc import Mapping, Sequence
from email.utils import formataddr

from markupsafe import Markup, escape

from portal.config import settings
from portal.foundation import emails
from portal.foundation.database import db
from portal.foundation.text import _
from portal.mail import composing, posting_link
from portal.newsletter.errors import FieldUnknown
from portal.newsletter.models import Audience, CampaignContent, ContentPicture, LibraryPicture
from portal.newsletter.queries import campaigns as queries
from portal.newsletter.rules import blocks as rules
from portal.newsletter.rules import markdown
from portal.newsletter.rules.blocks import Block, Kind
from portal.newsletter.sending import fields
