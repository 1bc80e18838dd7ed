"""Kill -9 of everything in the middle of many mails, twice where nothing is spared: nothing is lost."""

from collections import Counter
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from portal.config import settings
from portal.foundation import database
from portal.foundation.clock import now
from portal.foundation.database import db
from portal.mail.models import IS_OPEN, OPEN, OutboxMessage
from tests import processes, surroundings
from tests.smtp import smtp_server

pytestmark = pytest.mark.real

MAILS = 500 if surroundings.EVERY_ATTACK else 150
SHOP = "tests.mail.shop"
WORKERS = 2  # that of `flask serve`, and one as on a second machine
THREADS = 4
KILLS_AT = (80, 240) if surroundings.EVERY_ATTACK else (50,)


def test_no_mail_is_lost_when_everything_is_killed(posted, outbox):
    for number in range(MAILS):
        posted(f"customer{number}@demo.example")
    wanted = {row.message_id for row in outbox()}
    db.session.commit()
    with smtp_server() as server:
        env = processes.environment(
            settings(),
            mail_server="127.0.0.1",
            mail_port=server.port,
            worker_threads=THREADS,
            port=processes.free_port(),
        )
        for enough in KILLS_AT:
            with everything(env):
                server.wait_for(lambda taken, enough=enough: len(taken) >= enough)
            let_the_leases_end()
        with processes.worker(SHOP, env):
            server.wait_for(lambda taken: {mail["Message-ID"] for mail in taken} >= wanted)
            processes.until(lambda: not still_open())
    came = Counter(mail["Message-ID"] for mail in server.taken)
    assert set(came) == wanted
    assert sum(came.values()) - MAILS <= len(KILLS_AT) * WORKERS * THREADS


def still_open():
    """How many mails are not done with, without keeping the workers from writing that they are."""
    with database.reading():
        return db.session.scalar(sa.select(sa.func.count()).where(OutboxMessage.state.in_(OPEN)))


def let_the_leases_end():
    """Claims of the dead are due again, as they are two minutes later."""
    db.session.execute(sa.update(OutboxMessage).where(IS_OPEN).values(due_at=now()))
    db.session.commit()


def everything(env):
    """The whole portal, and a worker beside it; at the end all of it is killed, whatever it is at."""
    stack = ExitStack()
    stack.enter_context(processes.flask("serve", app=SHOP, env=env))
    stack.enter_context(processes.worker(SHOP, env))
    return stack
