"""What every step has in common: its result is kept, a passing fault is tried again, no secret leaves it.

A step whose result is kept does not run again when its flow run is resumed or continued after a crash.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import INPUTS, NO_CACHE, RUN_ID, CacheKeyFnPolicy, CachePolicy
from prefect.client.schemas.objects import State, TaskRun

from models.errors import ServiceUnavailable
from systems.redaction import scrub

P = ParamSpec("P")
R = TypeVar("R")

RETRY_DELAYS_SECONDS: list[float] = [1, 4, 15]


STEP = CacheKeyFnPolicy(cache_key_fn=lambda context, _inputs: context.task.name)
"""Tells a step's result from that of another step with equal inputs, which INPUTS alone does not."""


def is_transient(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether trying the step again may help: only where a service was not available."""
    return isinstance(state.result(raise_on_failure=False), ServiceUnavailable)


def step(sentence: str, run_name: str | None = None) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task that runs once in its flow run, and again only after a passing fault.

    `sentence` is what a person on call reads in Prefect's UI; `run_name` may name the inputs in braces.
    """
    return _task(sentence, run_name, STEP + INPUTS + RUN_ID)


def look(sentence: str, run_name: str | None = None) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Make a function a task that looks at reality: it runs again whenever its flow run goes on."""
    return _task(sentence, run_name, NO_CACHE)


def came_to(state: object) -> object:
    """What a task called with `return_state=True` came to: its result, or the exception that it raised."""
    return state.result(raise_on_failure=False) if isinstance(state, State) else state


def _task(
    sentence: str, run_name: str | None, cache_policy: CachePolicy
) -> Callable[[Callable[P, R]], Task[P, R]]:
    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return task(
            name=sentence,
            task_run_name=run_name or sentence,
            persist_result=cache_policy is not NO_CACHE,
            cache_policy=cache_policy,
            retries=len(RETRY_DELAYS_SECONDS),
            retry_delay_seconds=RETRY_DELAYS_SECONDS,
            retry_condition_fn=is_transient,
        )(_without_secrets(function))

    return decorate


def _without_secrets(function: Callable[P, R]) -> Callable[P, R]:
    """Re-raise an exception whose text holds a known secret as one that does not.

    Prefect stores the text of exceptions in its database, and pickles them as results.
    """

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            text = str(error)
            if scrub(text) == text:
                raise
            raise RuntimeError(f"{type(error).__name__}: {scrub(text)}") from None

    return wrapped
