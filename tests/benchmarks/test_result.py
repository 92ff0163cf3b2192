"""A benchmark's line, and the order in which a pair is measured."""

from __future__ import annotations

from benchmarks.result import Result, measure_pairs


def test_the_line_compares_medians_so_that_one_outlier_decides_nothing() -> None:
    result = Result("first-task", [6.0, 6.2, 60.0], [5.0, 4.8, 5.2], "an empty flow")
    assert result.line().startswith("first-task: ours 6.2 s, an empty flow 5.0 s, ratio 1.24 ")


def test_who_is_measured_first_alternates() -> None:
    order = []

    def ours() -> float:
        order.append("ours")
        return 1.0

    def beside() -> float:
        order.append("beside")
        return 2.0

    assert measure_pairs(3, ours, beside) == ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    assert order == ["beside", "ours", "ours", "beside", "beside", "ours"]
