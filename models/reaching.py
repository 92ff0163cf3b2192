"""Whether requests through the load balancer reach every task, and what shows it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from models.check import Check, Verdict, Weight
from models.probe import Probe

REACHED = "Every task through the load balancer"

TOO_MANY_REQUESTS = 429


class Asked(BaseModel):
    """Requests through the load balancer: the answers, and which tasks said that they gave them."""

    model_config = ConfigDict(frozen=True)

    answers: list[Probe]
    tasks: frozenset[str] = frozenset()

    @property
    def failures(self) -> list[Probe]:
        """The answers that users should not get. Being asked to slow down is an answer of the application."""
        return [one for one in self.answers if not one.as_expected and one.status != TOO_MANY_REQUESTS]


def check_told(asked: Asked, tasks: Collection[str]) -> Check:
    """Where the application says which of its tasks answers: each of them did."""
    if asked.failures:
        return _unanswered(asked)
    silent = sorted(set(tasks) - asked.tasks)
    if silent:
        return Check(
            name=REACHED,
            weight=Weight.SERVING,
            verdict=Verdict.INCONCLUSIVE,
            detail=f"{len(asked.answers)} requests were answered, none of them by {', '.join(silent)}",
            next_step="Look at the target group's algorithm and weights, and at these tasks' logs.",
        )
    return _passed(f"all {len(tasks)} answered within {len(asked.answers)} requests, by their own word")


def check_untold(asked: Asked, direct: Sequence[Probe], targets: int) -> Check:
    """Where it does not: requests are answered, and all targets are healthy for the load balancer.

    Each was also asked directly; a worker outside of the network gets no answer, which shows nothing.
    """
    if asked.failures:
        return _unanswered(asked)
    sick = [one for one in direct if one.status is not None and not one.as_expected]
    if sick:
        return _failed(f"{sick[0].url} gives {sick[0].summary}", "Look at that task's log.")
    reached = sum(one.as_expected for one in direct)
    directly = (
        f"each of the {targets} answers directly"
        if reached == targets
        else "they cannot be asked directly from here"
    )
    return _passed(
        f"{len(asked.answers)} requests were answered, all {targets} targets are healthy for the load "
        f"balancer, {directly}; the application does not tell which task answers"
    )


def way_out(answer: Probe, load_balancer: str) -> str:
    """What to do about an answer through the load balancer, whose own DNS name may be unknown and empty."""
    if answer.as_expected:
        return ""
    host = urlsplit(answer.url).hostname or ""
    if not answer.unresolved or host == load_balancer.lower():
        return "Look at the load balancer's targets and the tasks' logs."
    target = (
        f"{load_balancer}, the load balancer's DNS name" if load_balancer else "the load balancer's DNS name"
    )
    return f"Let {host} point to {target}, and look again once that resolves here."


def _unanswered(asked: Asked) -> Check:
    first = asked.failures[0]
    return _failed(
        f"{len(asked.failures)} of {len(asked.answers)} requests failed: {first.url} gives {first.summary}",
        way_out(first, load_balancer=""),
    )


def _passed(detail: str) -> Check:
    return Check(name=REACHED, weight=Weight.SERVING, verdict=Verdict.PASSED, detail=detail)


def _failed(detail: str, next_step: str) -> Check:
    return Check(
        name=REACHED, weight=Weight.SERVING, verdict=Verdict.FAILED, detail=detail, next_step=next_step
    )
