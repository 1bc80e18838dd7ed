"""What roles together let somebody do, and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.staff.rules import CLERK, MARKETING, OF_A_STORE, OWNER, Given, Permission, Rights

VIEW, MODIFY, AUDIT = Permission.CUSTOMER_VIEW, Permission.CUSTOMER_MODIFY, Permission.AUDIT_VIEW
ROLES = st.builds(Given, st.frozensets(st.sampled_from(sorted(Permission))), st.none() | st.integers(1, 3))


def test_a_role_in_all_stores_reaches_everybody():
    assert Rights([Given(CLERK)]).reach(VIEW) is None


def test_a_role_for_a_store_reaches_its_customers():
    rights = Rights([Given(CLERK, 2), Given({VIEW}, 3)])
    assert rights.reach(VIEW) == {2, 3}
    assert rights.reach(MODIFY) == {2}


def test_a_right_that_is_not_held_reaches_nobody():
    assert Rights([Given(MARKETING)]).reach(VIEW) == frozenset()
    assert Rights(()).held == frozenset()


def test_a_right_about_the_whole_shop_is_not_brought_by_a_role_for_one_store():
    rights = Rights([Given(OWNER, 1)])
    assert rights.held == OF_A_STORE
    assert rights.everywhere == frozenset()
    for right in (AUDIT, Permission.ROLE_MODIFY, Permission.MEMBER_MODIFY, Permission.STORE_MODIFY):
        assert rights.reach(right) == frozenset()


def test_an_act_on_many_customers_at_once_is_one_of_the_whole_shop():
    assert not [
        right for right in OF_A_STORE if right.endswith((".export", ".import", ".merge", ".erase", ".download"))
    ]


@pytest.mark.parametrize(
    ("mine", "theirs", "covered"),
    [
        ([Given(CLERK)], Given(CLERK), True),
        ([Given(CLERK)], Given(CLERK, 1), True),
        ([Given(CLERK)], Given(MARKETING), False),
        ([Given({VIEW}, 1)], Given({VIEW}, 1), True),
        ([Given({VIEW}, 1)], Given({VIEW}, 2), False),
        ([Given({VIEW}, 1)], Given({VIEW}), False),
        ([Given({VIEW}, 1), Given({AUDIT})], Given({VIEW, AUDIT}, 1), True),
        ([Given({VIEW, AUDIT}, 1)], Given({AUDIT}, 1), False),
        ([], Given(frozenset()), True),
    ],
)
def test_nobody_passes_on_what_they_lack(mine, theirs, covered):
    assert Rights(mine).covers(theirs) is covered


@settings(max_examples=200, deadline=None)
@given(st.lists(ROLES, max_size=4), ROLES)
def test_whatever_is_passed_on_adds_nothing_to_what_the_giver_has(mine, more):
    rights = Rights(mine)
    if not rights.covers(more):
        return
    after = Rights([*mine, more])
    assert {right: rights.reach(right) for right in Permission} == {right: after.reach(right) for right in Permission}
