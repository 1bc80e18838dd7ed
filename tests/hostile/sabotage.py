"""Every defect, by its name."""

from tests.hostile import defects_at_the_door, defects_inside
from tests.hostile.defect import Defect

DEFECTS: dict[str, Defect] = {defect.name: defect for defect in (*defects_at_the_door.DEFECTS, *defects_inside.DEFECTS)}
