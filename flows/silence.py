"""How people are told that a scheduled check stopped looking, and that it looks again.

A check that does not run can say nothing: each check that does looks after all others, those of other
environments too. Where none runs, because the worker or Prefect's server is gone, only a service outside can
tell (`tasks/outside.py`).
"""

from __future__ import annotations

from contextlib import suppress

from models.check import Check
from models.environment import Environment
from models.errors import DeployError
from models.names import EnvironmentName, Scenario
from models.notification import News, Notice
from models.standing import Standing
from systems.environments import environment_names, load_environment
from tasks.notifying import delivered, heard_by_somebody, tell
from tasks.silence import end_silence, find_silent, forget_telling, remember_silence
from tasks.steps import came_to


def tell_of_silence(check: Scenario, environment: Environment, standing: Standing) -> list[str]:
    """Tell of this check's own silence that is over, and of others that do not look; gives what failed."""
    problems = _tell_of_end(check, environment, standing) if environment.channels else []
    for other in _environments_with_channels():
        silent = came_to(find_silent(other.name, return_state=True))
        for one in silent if isinstance(silent, list) else []:
            problems += _tell_of_silent(one, other)
    return problems


def _tell_of_end(check: Scenario, environment: Environment, standing: Standing) -> list[str]:
    told = came_to(end_silence(check, environment.name, standing, return_state=True))
    if not isinstance(told, str):
        return []
    tell(environment, _notice(News.LOOKING_AGAIN, check, environment.name, told))
    messages = delivered()
    if not heard_by_somebody(environment, News.LOOKING_AGAIN, messages):
        remember_silence(check, environment.name, return_state=True)
    return messages.problems


def _tell_of_silent(check: Check, environment: Environment) -> list[str]:
    told = f"It {check.detail}."
    tell(
        environment, _notice(News.NOT_LOOKING, Scenario(check.name), environment.name, told, check.next_step)
    )
    messages = delivered()
    if not heard_by_somebody(environment, News.NOT_LOOKING, messages):
        forget_telling(check.name, environment.name, return_state=True)
    return messages.problems


def _notice(
    news: News, check: Scenario, environment: EnvironmentName, told: str, next_step: str = ""
) -> Notice:
    return Notice(news=news, scenario=check, environment=environment, told=told, next_step=next_step)


def _environments_with_channels() -> list[Environment]:
    found = []
    for name in environment_names():
        with suppress(DeployError):
            found.append(load_environment(name))
    return [environment for environment in found if environment.channels]
