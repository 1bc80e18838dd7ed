"""What jobs hold about a person: found by words, and forgotten by `service.forget` (see `foundation.holdings`)."""

from portal.foundation.holdings import Holding, declare

declare(Holding(table="job", kept=True), Holding(table="job_problem", kept=True))
