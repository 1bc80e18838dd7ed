"""A kind of job for tests: notes one mail address for each number, so that what was done twice or never is seen."""

from portal.foundation.database import db
from portal.foundation.errors import Conflict
from portal.jobs.service import problem
from portal.mail.models import Suppression

KIND = "tests.count"
TENS = [10, 20, 30]
ALL_BUT_TENS = [number for number in range(1, 36) if number not in TENS]


def count(job):
    """Do the next `batch` numbers; every tenth is refused."""
    number, batch = job.cursor.get("number", 0), job.parameters.get("batch", 10)
    last = min(number + batch, job.parameters["up_to"])
    for one in range(number + 1, last + 1):
        if one == job.parameters.get("stop_at"):
            raise Conflict("This number ends it.")
        if one % 10 == 0:
            problem(job, "Tens are refused.", line=one, subject=f"no. {one}", column="number", value=str(one))
        else:
            db.session.add(Suppression(email_key=f"{job.id}-{one}", reason="counted"))
    job.cursor, job.done = {"number": last}, last
    job.result = {"last": last}
    return last < job.parameters["up_to"]
