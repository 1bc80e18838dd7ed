"""Newsletter: a campaign into postfix's smtp-sink, beside smtp-source with one session; pause, and others meanwhile."""

import http.client
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_mail import Mail, Message

from bench import people, postfix, processes, shops, watching
from bench.figures import Figure, at_least, at_most, median, percentile
from bench.parts import mail
from bench.shops import Portal
from bench.visitors import Broken, Visitor
from portal.audit.service import SYSTEM
from portal.foundation import signing
from portal.foundation.database import db, transaction
from portal.newsletter import mails, queries
from portal.newsletter.models import Campaign, CampaignContent, CampaignState, Subscription, SubscriptionState
from portal.newsletter.service import campaigns, progress

RECIPIENTS = {20_000: 100_000}  # of a small shop; else as many as customers
MOST_CUSTOMERS = 20_000  # that are loaded to lend their names to recipients
BATCH = 10_000
PARAGRAPHS = 40  # of text, so that a mail has 14 to 20 KB
SENDER = "Northgate Goods <news@demo.example>"
PATIENCE = 3600  # seconds for a campaign
CLICK_EVERY = 0.1  # seconds between two people who leave
FLASK_MAILS = 100
PAGES = ("/newsletter", "/staff/customers")  # of anybody, and of staff
IDLE = 100  # looks at each page while nothing goes on
FAST = 10.0  # ms in which a page may come, however fast it is otherwise
GOALS = {"sqlite": 3000, "postgresql": 2000}  # mails per second on two cores


@dataclass
class Sent:
    """What was seen of a campaign on its way."""

    seconds: float  # from the first result to the last
    mails: int
    work: float  # seconds of processor of all senders
    memory: float  # MB of the largest sender
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.mails / self.seconds


def run(size: int) -> list[Figure]:
    """On both databases, or the one asked for."""
    return [figure for database in shops.chosen() for figure in _on(database, size)]


def _on(database: str, size: int) -> list[Figure]:
    recipients = RECIPIENTS.get(size, size)
    with postfix.sink() as port:
        by = {"PORTAL_MAIL_SERVER": "127.0.0.1", "PORTAL_MAIL_PORT": str(port)}
        with shops.opened(database, min(size, MOST_CUSTOMERS), **by) as portal:
            portal.wait_until_quiet()
            with portal.app.app_context():
                _subscribe(recipients)
            before = _bytes(portal)
            _draft(portal)
            length = _length(portal)
            straight = [postfix.source(port, max(500, recipients // 10), length)]
            freezing = _launch(portal)
            per_recipient = (_bytes(portal) - before) / recipients
            sent = _watch(portal)
            straight.append(postfix.source(port, max(500, recipients // 10), length))
            flask_mail = _by_flask_mail(portal, port, length)
            busy = _busy(portal)
    return [
        *_figures(database, sent, median(straight), flask_mail, length),
        *_others(database, freezing, per_recipient, busy),
    ]


def _figures(database: str, sent: Sent, straight: float, flask_mail: float, length: int) -> list[Figure]:
    share = 100 * sent.rate / straight
    note = f"{sent.mails} mails of {length / 1000:.0f} kB"
    return [
        Figure("campaign mails", sent.rate, "per s", at_least(GOALS[database]), database, note),
        Figure("smtp-source, one session", straight, "per s", database=database),
        Figure("the campaign of that", share, "%", at_least(50), database),
        Figure("Flask-Mail, one by one", flask_mail, "per s", database=database),
        Figure("the campaign beside Flask-Mail", sent.rate / flask_mail, "times", at_least(15), database),
        Figure("processor of senders per mail", sent.work * 1000 / sent.mails, "ms", database=database),
        Figure("memory of a sender", sent.memory, "MB", at_most(80), database),
    ]


@dataclass
class Busy:
    """What others had while a campaign went out, and how fast it paused."""

    clicks: list[float]
    letters: list[float]
    pause: float
    resume: float
    idle: dict[str, list[float]]  # seconds of pages when nothing goes on
    pages: dict[str, list[float]]  # and while a campaign goes out


def _others(database: str, freezing: float, per_recipient: float, busy: Busy) -> list[Figure]:
    click = percentile(busy.clicks, 99) * 1000
    return [
        Figure("freezing", freezing, "s", at_most(5), database),
        Figure("database per recipient", per_recipient, "bytes", at_most(120), database),
        Figure("one click to leave while sending, p99", click, "ms", at_most(100), database),
        Figure("another mail while sending, p99", percentile(busy.letters, 99), "s", at_most(2), database),
        Figure("from pause to nothing in hand", busy.pause, "s", at_most(5), database),
        Figure("from resume to the next result", busy.resume, "s", at_most(2), database),
        *(_page(database, path, busy) for path in PAGES),
    ]


def _page(database: str, path: str, busy: Busy) -> Figure:
    idle, waits = (percentile(seconds[path], 95) * 1000 for seconds in (busy.idle, busy.pages))
    goal = at_most(max(FAST, 2 * idle))
    return Figure(f"{path} while sending, p95", waits, "ms", goal, database, f"nothing going on: {idle:.1f} ms")


def _subscribe(number: int) -> None:
    audience = queries.default_audience()
    have = db.session.scalar(sa.select(sa.func.count()).where(Subscription.audience_id == audience.id)) or 0
    db.session.commit()
    for first in range(have, number, BATCH):
        numbers = range(first, min(first + BATCH, number))
        addresses = [f"reader{one}@demo.example" for one in numbers]
        rows = [{"audience_id": audience.id, "email": one, "email_key": one} for one in addresses]
        with transaction():
            db.session.execute(sa.insert(Subscription).values(state=SubscriptionState.ACTIVE), rows)
    with transaction():
        db.session.execute(sa.update(Subscription).values(state=SubscriptionState.ACTIVE))


def _draft(portal: Portal) -> None:
    """A campaign of an ordinary length."""
    text = "\n\n".join(
        f"{{{{ first_name | default: 'Reader' }}}}, {'lamps are here. ' * 12}" for _ in range(PARAGRAPHS)
    )
    page = "".join(f"<p>{part}</p>\n" for part in text.split("\n\n"))
    out = "{{ unsubscribe_url }}"
    with portal.app.app_context(), transaction():
        content = CampaignContent(
            sender=SENDER, subject="Lamps", html=f'{page}<a href="{out}">Stop</a>', text=f"{text}\n\n{out}"
        )
        campaigns.draft("Bench", queries.default_audience(), content, SYSTEM)


def _launch(portal: Portal) -> float:
    """Let senders begin with the newest campaign; seconds that the writing down of its people took."""
    with portal.app.app_context(), transaction():
        campaign = db.session.scalars(sa.select(Campaign).order_by(Campaign.id.desc()).limit(1)).one()
        campaigns.launch(campaign, SYSTEM)
        start = time.perf_counter()
        progress.advance(campaign.id)
        db.session.flush()
        return time.perf_counter() - start


def _length(portal: Portal) -> int:
    from portal.newsletter.sending.compiling import compiled  # noqa: PLC0415 - the sender's, for one mail
    from portal.newsletter.sending.message import Recipient  # noqa: PLC0415

    with portal.app.app_context():
        newest = db.session.scalars(sa.select(Campaign.id).order_by(Campaign.id.desc()).limit(1)).one()
        wire = compiled(newest).make(Recipient(1, "reader@demo.example", {"first_name": "Nora"}))
        db.session.rollback()
        return len(wire.data)


def _watch(portal: Portal, meanwhile: Callable[[], None] = lambda: None) -> Sent:
    """Look at the newest campaign until it is over."""
    first, already, memory, work, end = 0.0, 0, 0.0, 0.0, time.monotonic() + PATIENCE
    while True:
        state, queued, settled = _standing(portal)
        moment = time.perf_counter()
        senders = processes.named(portal.root, "portal.sender sender")
        if senders:
            memory, work = max(memory, processes.memory(senders)), processes.used(senders).all
        if settled and not first:
            first, already = moment, settled
        if settled >= queued:
            return Sent(moment - first, queued - already, work, memory)
        if time.monotonic() > end:
            raise Broken(f"The campaign did not end ({state}).")
        meanwhile()
        time.sleep(0.1)


def _standing(portal: Portal) -> tuple[str, int, int]:
    [(state, queued, settled)] = portal.rows(
        "SELECT c.state, c.queued, (SELECT SUM(k.accepted + k.rejected + k.skipped + k.unknown + k.failed) FROM "
        "delivery_chunk k WHERE k.campaign_id = c.id) FROM campaign c ORDER BY c.id DESC LIMIT 1"
    )
    return str(state), int(str(queued)), int(str(settled or 0))


def _busy(portal: Portal) -> Busy:
    """The same once more, while people leave and look, other mails are posted, and somebody pauses and resumes."""
    lookers = {path: people.owner(portal) if path.startswith("/staff") else Visitor(portal.port) for path in PAGES}
    idle = {path: [who.get(path).expect(200).seconds for _ in range(IDLE)] for path, who in lookers.items()}
    _draft(portal)
    _launch(portal)
    stop = threading.Event()
    clicks: list[float] = []
    letters: list[float] = []
    threads = [
        threading.Thread(target=_leave, args=(portal, stop, clicks)),
        threading.Thread(target=_post, args=(portal, stop, letters)),
    ]
    for thread in threads:
        thread.start()
    while _standing(portal)[2] == 0:
        time.sleep(0.05)
    with ExitStack() as looks:
        pages = {path: looks.enter_context(watching.pages(who, path)) for path, who in lookers.items()}
        time.sleep(2)
        pause, resume = _pause_and_resume(portal)
        _watch(portal)
    stop.set()
    for thread in threads:
        thread.join()
    return Busy(clicks, letters, pause, resume, idle, pages)


def _pause_and_resume(portal: Portal) -> tuple[float, float]:
    _move(portal, campaigns.pause)
    start = time.perf_counter()
    while _standing(portal)[0] not in (CampaignState.PAUSED, CampaignState.FINISHED):
        time.sleep(0.02)
    pause = time.perf_counter() - start
    if _standing(portal)[0] == CampaignState.FINISHED:
        return pause, 0.0
    settled = _standing(portal)[2]
    _move(portal, campaigns.resume)
    start = time.perf_counter()
    while _standing(portal)[2] <= settled:
        time.sleep(0.02)
    return pause, time.perf_counter() - start


def _move(portal: Portal, verb: Callable[..., None]) -> None:
    with portal.app.app_context(), transaction():
        campaign = db.session.scalars(sa.select(Campaign).order_by(Campaign.id.desc()).limit(1)).one()
        if campaign.state in (CampaignState.SENDING, CampaignState.FINISHING, CampaignState.PAUSED):
            verb(campaign, SYSTEM)


def _leave(portal: Portal, stop: threading.Event, waits: list[float]) -> None:
    with portal.app.app_context():
        audience = queries.default_audience().id
        newest = db.session.scalar(sa.select(sa.func.max(Subscription.id))) or 0
        db.session.rollback()
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=30)
        while not stop.is_set() and newest:
            word = signing.sign(mails.UNSUBSCRIBE, audience, newest)
            newest -= 1
            start = time.perf_counter()
            body = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", f"/u/{word}", "List-Unsubscribe=One-Click", body)
            answer = connection.getresponse()
            answer.read()
            waits.append(time.perf_counter() - start)
            if answer.status != 200:
                raise Broken(f"An unsubscribe was answered {answer.status}.")
            stop.wait(CLICK_EVERY)


def _post(portal: Portal, stop: threading.Event, waits: list[float]) -> None:
    while not stop.is_set():
        waits.append(mail.one(portal))
        stop.wait(0.2)


def _by_flask_mail(portal: Portal, port: int, length: int) -> float:
    app = portal.app
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="a@demo.example")
    sender, text = Mail(app), "lamps are here.\n" * (length // 16)
    with app.app_context():
        start = time.perf_counter()
        for number in range(FLASK_MAILS):
            sender.send(Message("Lamps", [f"reader{number}@demo.example"], text))
        return FLASK_MAILS / (time.perf_counter() - start)


def _bytes(portal: Portal) -> int:
    if portal.database == "sqlite":
        return int(str(portal.rows("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]))
    sizes = portal.rows("SELECT pg_total_relation_size('delivery') + pg_total_relation_size('delivery_chunk')")
    return int(str(sizes[0][0]))
