"""What people do at the portal, from the first page to the answer, in a browser that was never there before."""

import itertools
import threading

from bench.shops import Portal
from bench.visitors import Answer, Visitor

SOME = 2000  # customers who take turns, so that nobody's throttle comes into it
PASSWORD = "seven quiet lanterns"
QUESTION = "Which tune did the ice-cream van play?"


class Customers:
    """Customers of the demo shop who may sign in, and newcomers, in turn; any thread may send the next one."""

    def __init__(self, portal: Portal) -> None:
        found = portal.rows(
            "SELECT email FROM account WHERE realm = 'customer' AND status = 'enabled' AND held_for IS NULL "
            "ORDER BY id LIMIT :most",
            most=SOME,
        )
        self._portal = portal
        self._emails = itertools.cycle(str(row[0]) for row in found)
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def sign_in(self) -> Answer:
        """Open the form, fill it in, send it."""
        with self._lock:
            email = next(self._emails)
        visitor = Visitor(self._portal.port)
        visitor.get("/sign-in").expect(200)
        answer = visitor.post("/sign-in", email=email, password=self._portal.password)
        visitor.close()
        return answer

    def register(self) -> Answer:
        """Open the form, fill it in, send it."""
        with self._lock:
            number = next(self._numbers)
        visitor = Visitor(self._portal.port)
        visitor.get("/register").expect(200)
        answer = visitor.post(
            "/register",
            first_name="Priya",
            last_name="Nair",
            email=f"newcomer-{number}@bench.example",
            password=PASSWORD,
            confirm_password=PASSWORD,
            security_question="own",
            own_question=QUESTION,
            security_answer="the one about the lighthouse",
            terms="y",
        )
        visitor.close()
        return answer


def owner(portal: Portal) -> Visitor:
    """The owner of the demo shop, signed in."""
    visitor = Visitor(portal.port)
    visitor.get("/staff/sign-in").expect(200)
    visitor.post("/staff/sign-in", email="owner@demo.example", password=portal.password).expect(303)
    return visitor


def ann(portal: Portal) -> Visitor:
    """The customer of the demo shop whose account has something of everything, signed in."""
    visitor = Visitor(portal.port)
    visitor.get("/sign-in").expect(200)
    visitor.post("/sign-in", email="ann@demo.example", password=portal.password).expect(303)
    return visitor
