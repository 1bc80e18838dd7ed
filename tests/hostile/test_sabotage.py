"""The list of defects fits the portal as it is, and a run with one of them says which test noticed."""

import pytest

from tests.hostile.sabotage import DEFECTS
from tools import hostile

ENOUGH = 25


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=lambda defect: defect.name)
def test_the_line_of_a_defect_stands_where_the_list_says(defect):
    spoiled = defect.spoil(defect.source())
    assert spoiled != defect.source()
    compile(spoiled, defect.file, "exec")
    for test in defect.tests:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (hostile.ROOT / "tests" / file).read_text(encoding="utf-8") or not name, test


def test_there_are_defects_enough():
    assert len(DEFECTS) >= ENOUGH


IN_A_FUNCTION, IN_A_CONSTANT, IN_A_DECORATOR = (
    DEFECTS["take a link of one purpose for another"],
    DEFECTS["let staff have somebody asked who has left"],
    DEFECTS["hand out an audience without asking who is at the keyboard"],
)


def test_a_defect_turns_the_tests_red_and_the_same_tests_are_green_without_it():
    found = hostile.in_warm_process(
        [
            ("", [*IN_A_FUNCTION.tests, *IN_A_CONSTANT.tests], "sqlite"),
            *((one.name, one.tests, "sqlite") for one in (IN_A_FUNCTION, IN_A_CONSTANT, IN_A_DECORATOR)),
        ]
    )
    assert found == [
        "",
        "tests/foundation/test_tokens.py::test_a_link_serves_one_purpose[sqlite]",
        "tests/newsletter/test_rules.py::test_staff_and_imports_bring_nobody_back[unsubscribed]",
        None,
    ]


def test_what_runs_while_its_module_is_loaded_is_spoiled_in_a_process_of_its_own():
    assert hostile.spoil(IN_A_DECORATOR).by == "test_the_file_is_for_who_has_just_signed_in"


PATTERNS = [(family.name, pattern) for family in hostile.FAMILIES for pattern in family.files]


@pytest.mark.parametrize(("family", "pattern"), PATTERNS)
def test_every_pattern_of_a_family_names_tests_that_there_are(family, pattern):
    assert list(hostile.ROOT.glob(pattern)), family


def test_every_file_of_attacks_belongs_to_a_family():
    known = {path for family in hostile.FAMILIES for pattern in family.files for path in hostile.ROOT.glob(pattern)}
    own = set((hostile.ROOT / "tests/hostile").glob("test_*.py")) - {hostile.ROOT / "tests/hostile/test_sabotage.py"}
    assert own <= known
