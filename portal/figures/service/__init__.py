"""The verb of figures: count the days that are over."""

from portal.figures.service.filling import fill

__all__ = ["fill"]
