"""Every defect, by its name."""

from tests.hostile import (
    defects_at_the_door,
    defects_inside,
    defects_of_messages,
    defects_of_newsletters,
    defects_of_records,
    defects_of_rights,
    defects_of_sending,
    defects_on_the_way_back,
)
from tests.hostile.defect import Defect

LISTS = (
    *(defects_at_the_door, defects_on_the_way_back, defects_inside, defects_of_rights, defects_of_records),
    *(defects_of_sending, defects_of_messages, defects_of_newsletters),
)
DEFECTS: dict[str, Defect] = {defect.name: defect for one in LISTS for defect in one.DEFECTS}
