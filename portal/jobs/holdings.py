"""What jobs hold about a person: found by words, and forgotten by `service.forget` (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare

declare(*(Holding(table=name, kept=True) for name in ("job", "job_item", "job_problem")))
