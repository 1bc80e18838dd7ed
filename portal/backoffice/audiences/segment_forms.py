"""The builder of a segment as a form: its sentences as numbered fields, and what its buttons do to them.

Rows are numbered from 1 over the whole form: `field_1`, `how_1` and `was_1` (how it is asked, and was before),
`value_1` (once for each of several), and `box_1` says in which box a row stands (0 is the outside). `match_0`,
`match_1`, … say how the rows of a box come together. The button pressed is `act`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from portal.foundation.forms import is_clean, tidy
from portal.foundation.text import _
from portal.newsletter.errors import SegmentUnreadable
from portal.newsletter.rules import segments as rules
from portal.newsletter.rules.conditions import Condition, Wants
from portal.newsletter.rules.segments import MOST_BOXES, MOST_CHOSEN, MOST_ROWS, Box, Match, Row

OUTSIDE = 0


@dataclass(frozen=True)
class Line:
    """One row of the builder, and in which box it stands."""

    row: Row
    box: int = OUTSIDE


@dataclass
class Draft:
    """A segment as it stands in the builder; it may be anything but finished.

    `asked` is what the lists beside "Add condition" stand on, by the box that they add to.
    """

    name: str = ""
    matches: list[str] = field(default_factory=lambda: [Match.ALL.value])
    lines: list[Line] = field(default_factory=list)
    asked: dict[int, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def box(self) -> Box:
        """The conditions; boxes that nobody has filled are left out."""
        inner = [Box(_match(match), tuple(self._rows(number))) for number, match in enumerate(self.matches) if number]
        return Box(_match(self.matches[0]), (*self._rows(OUTSIDE), *(box for box in inner if box.parts)))

    def lines_of(self, box: int) -> list[tuple[int, Line]]:
        """The rows of one box with their numbers, as the page draws them."""
        return [(number, line) for number, line in enumerate(self.lines, 1) if line.box == box]

    def _rows(self, box: int) -> list[Row]:
        return [line.row for _number, line in self.lines_of(box)]

    def check(self, known: Mapping[str, Condition]) -> bool:
        """Whether all of it can be kept; what cannot is said at its field."""
        if not self.name:
            self.errors["name"] = _("Enter a name")
        elif len(self.name) > 120 or not is_clean(self.name):
            self.errors["name"] = _("%(field)s must be %(n)s characters or fewer", field=_("Name"), n=120)
        for number, line in enumerate(self.lines, 1):
            try:
                rules.meaning_of(line.row, known)
            except SegmentUnreadable as error:
                self.errors[f"value_{number}"] = str(error)
        if not self.lines:
            self.errors["what_0"] = _("Add a condition: without one this would be everybody.")
        return not self.errors


def of_box(name: str, box: Box) -> Draft:
    """The builder of a segment that is on record."""
    draft = Draft(name, [box.match.value])
    for part in box.parts:
        if isinstance(part, Box):
            draft.matches.append(part.match.value)
            draft.lines += [Line(row, len(draft.matches) - 1) for row in part.rows]
        else:
            draft.lines.append(Line(part))
    return draft


def sent(values: MultiDict[str, str], known: Mapping[str, Condition]) -> Draft:
    """The builder as a form sent it; whatever else was sent is left out."""
    draft = Draft(tidy(values.get("name", "")), [values.get("match_0", Match.ALL)])
    for number in range(1, MOST_BOXES + 1):
        if f"match_{number}" in values:
            draft.matches.append(values[f"match_{number}"])
    draft.asked = {number: values.get(f"what_{number}", "") for number in range(MOST_BOXES + 1)}
    for number in range(1, MOST_ROWS + 1):
        if f"field_{number}" in values:
            field, how = (_text(values.get(f"{name}_{number}", "")) for name in ("field", "how"))
            chosen = [_text(text) for text in values.getlist(f"value_{number}")]
            row = Row(field, how, _value(known.get(field), how, values.get(f"was_{number}", ""), chosen))
            draft.lines.append(Line(row, _box_of(values.get(f"box_{number}", ""), len(draft.matches))))
    return draft


def press(draft: Draft, act: str, values: Mapping[str, str], known: Mapping[str, Condition]) -> None:
    """Do what a button of the builder says: `add:0` (a row into a box), `box`, `drop:3` (a row), `unbox:1`."""
    verb, _colon, text = act.partition(":")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
    if verb == "add" and number < len(draft.matches) and len(draft.lines) < MOST_ROWS:
        condition = known.get(values.get(f"what_{number}", ""))
        if condition is not None:
            draft.lines.append(Line(_first(condition), number))
    elif verb == "box" and len(draft.matches) <= MOST_BOXES:
        draft.matches.append(Match.ANY.value)
    elif verb == "drop" and 0 < number <= len(draft.lines):
        del draft.lines[number - 1]
    elif verb == "unbox" and 0 < number < len(draft.matches):
        del draft.matches[number]
        draft.lines = [replace(line, box=line.box - (line.box > number)) for line in draft.lines if line.box != number]


def _first(condition: Condition) -> Row:
    """A new row of a condition, on its first operator and choice."""
    key, operator = next(iter(condition.operators.items()))
    choices = condition.choices() if operator.wants is Wants.CHOICE else []
    return Row(condition.key, key, choices[0][0] if choices else "30" if operator.wants is Wants.DAYS else "")


def _value(condition: Condition | None, how: str, was: str, chosen: list[str]) -> str:
    """What was chosen; the choice that a new row begins with is none of several that somebody ticked."""
    if condition is None or not _wants_several(condition, how):
        return chosen[0] if chosen else ""
    began_with = condition.choices()[:1]
    if not _wants_several(condition, was) and was and chosen == [value for value, _words in began_with]:
        return ""
    return "\n".join(chosen[: MOST_CHOSEN + 1])


def _wants_several(condition: Condition, how: str) -> bool:
    operator = condition.operators.get(how)
    return operator is not None and operator.wants is Wants.CHOICES


def _match(text: str) -> Match:
    return Match(text) if text in set(Match) else Match.ALL


def _box_of(text: str, boxes: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else OUTSIDE
    return number if number < boxes else OUTSIDE


def _text(text: str) -> str:
    return text if is_clean(text) and len(text) <= rules.LONGEST_VALUE else ""
