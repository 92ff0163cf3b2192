"""Evaluates the Condition of a policy statement as IAM does, for the operators that bucket policies use.

An operator that is not known here raises: a policy that is half understood must not pass for obeyed.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from typing import Any

import flask

from sandbox.aws.backends import ACCOUNT

_IF_EXISTS = "IfExists"

_CONDITIONAL = {"if-match", "if-none-match"}
"""Headers that a condition key of S3's has the name of."""


def request_context() -> dict[str, str]:
    """What the condition keys are worth for the request that is being answered.

    Inside the sandbox everything travels over loopback, which counts as TLS 1.3.
    """
    context = {
        "aws:securetransport": "true",
        "s3:tlsversion": "1.3",
        "aws:principalaccount": ACCOUNT,
        "aws:resourceaccount": ACCOUNT,
    }
    if flask.has_request_context():
        for name, value in flask.request.headers.items():
            if name.lower().startswith("x-amz-") or name.lower() in _CONDITIONAL:
                context[f"s3:{name.lower()}"] = value
    return context


def holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Tell whether every operator of the condition holds; context keys are in lower case.

    Raises:
        ValueError: an operator is not one of those that are known here.

    """
    return all(
        _operator_holds(operator, key, _listed(wanted), context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - a policy's author writes one value or several
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _operator_holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    name = operator.removesuffix(_IF_EXISTS)
    actual = context.get(key.lower())
    if name == "Null":
        return (actual is None) == (wanted == ["true"])
    if name not in _COMPARISONS:
        raise ValueError(f"The condition operator {operator!r} is not known to the sandbox.")
    compare, negated = _COMPARISONS[name]
    if actual is None:
        return negated or operator.endswith(_IF_EXISTS)
    return any(compare(actual, each) for each in wanted) != negated


def _equal(actual: str, wanted: str) -> bool:
    return actual == wanted


def _equal_ignoring_case(actual: str, wanted: str) -> bool:
    return actual.lower() == wanted.lower()


def _like(actual: str, wanted: str) -> bool:
    return fnmatch.fnmatchcase(actual, wanted)


def _less(actual: str, wanted: str) -> bool:
    return float(actual) < float(wanted)


def _greater_or_equal(actual: str, wanted: str) -> bool:
    return float(actual) >= float(wanted)


_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "Bool": (_equal_ignoring_case, False),
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringLike": (_like, False),
    "StringNotLike": (_like, True),
    "ArnEquals": (_like, False),
    "ArnLike": (_like, False),
    "ArnNotEquals": (_like, True),
    "ArnNotLike": (_like, True),
    "NumericLessThan": (_less, False),
    "NumericGreaterThanEquals": (_greater_or_equal, False),
}
"""Operator to comparison, and whether it holds where no value compares equal."""
