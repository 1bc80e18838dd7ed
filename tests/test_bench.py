"""What the bench says of a figure is what was measured."""

from dataclasses import replace

from bench.calibration import Calibration, drift
from bench.figures import Figure, at_least, at_most, percentile, table
from bench.visitors import Tally


def test_a_figure_says_whether_its_goal_is_met():
    assert Figure("sign-ins", 95, "%", at_least(95)).verdict == "met"
    assert Figure("sign-ins", 94.9, "%", at_least(95)).verdict == "MISSED"
    assert Figure("page", 8, "ms", at_most(8)).verdict == "met"
    assert Figure("page", 8.1, "ms", at_most(8)).verdict == "MISSED"
    assert Figure("page", 8.1, "ms").verdict == ""


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile(range(1, 101), 95) == 96
    assert percentile([7.0], 99) == 7.0


def test_a_crowd_is_counted_from_its_first_end_to_its_last():
    assert Tally(ends=[10.0, 11.0, 12.0]).rate == 1.0


def test_the_machine_drifts_as_much_as_the_work_that_changed_more():
    before = Calibration(hash_ms=200, python_ms=10, memory_ms=30)
    after = Calibration(hash_ms=210, python_ms=12, memory_ms=33)

    assert round(drift(before, after), 3) == 0.2
    assert drift(before, after) == drift(after, before)


def test_the_machine_drifts_with_its_memory_too():
    quiet = Calibration(hash_ms=200, python_ms=10, memory_ms=30)

    assert drift(quiet, replace(quiet, memory_ms=45)) == 0.5


def test_the_table_shows_every_figure_with_goal_and_verdict():
    shown = table([Figure("mails", 1234.5, "per s", database="sqlite"), Figure("page", 12.34, "ms", at_most(8))])

    assert "1,234" in shown
    assert "≤ 8.00  MISSED" in shown
