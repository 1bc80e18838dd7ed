"""The verbs of mail: post it with the change it tells of, deliver what is due, keep away from an address."""

from portal.mail.service.delivery import deliver_due
from portal.mail.service.posting import Letter, Renderer, link, post, renders, send_again, when_sent
from portal.mail.service.suppressing import suppress

__all__ = ["Letter", "Renderer", "deliver_due", "link", "post", "renders", "send_again", "suppress", "when_sent"]
