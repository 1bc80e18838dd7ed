"""Whole stories of a shop, told through a running portal, a real browser and a real mailbox."""
