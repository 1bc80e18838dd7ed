"""Sight: one page, or one state of it, and what brings it there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.journeys.person import Person

if TYPE_CHECKING:  # the scene itself knows some sights
    from tests.journeys.scene import Scene

Act = Callable[["Scene", Person], None]


@dataclass(frozen=True)
class Sight:
    """One page, or one state of it."""

    name: str
    who: str
    path: str
    status: int = 200
    act: Act | None = None
    proven: timedelta = timedelta(0)  # how long ago the person proved who they are

    def visit(self, scene: "Scene") -> Person:
        """Go there and bring it into its state; gives the person who stands before it."""
        person = scene.people[self.who]
        person.shop.prove_all(self.proven)
        answer = person.open(scene.path(self.path))
        assert answer.status == self.status, f"{self.name}: {answer.status} at {person.path}"
        if self.act is not None:
            self.act(scene, person)
        return person


def pressing(words: str, **fields: str | bool) -> Act:
    """Fill in and press a button."""

    def act(_scene: "Scene", person: Person) -> None:
        person.fill(**fields)
        person.press(words)

    return act
