"""How people are told of a run's end: every flow's, in one place.

A change is told of each time. A check, which the clock starts, is told of when it goes bad, when it gets
worse, and once more when it is well again. A check also tells of others that stopped looking, and a service
outside that it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.silence import tell_of_silence
from models.check import Verdict
from models.environment import Environment
from models.errors import DeployError, DriftFound, NotWell
from models.names import Scenario
from models.notification import News, Notice
from models.request import Request
from models.standing import CHECKS, Standing, news_of
from systems.environments import load_environment
from systems.redaction import scrub
from tasks.notifying import delivered, heard_by_somebody, tell_of_end
from tasks.outside import tell_outside
from tasks.standing import note_known, note_look
from tasks.steps import came_to

Unwell = Mapping[str, Verdict]

_NEWS = {
    "Completed": News.SUCCEEDED,
    "Unchanged": News.UNCHANGED,
    "Refused": News.REFUSED,
    "Rejected": News.REJECTED,
    "Rolled back": News.ROLLED_BACK,
}
_WELL: dict[News, bool | None] = {News.SUCCEEDED: True, News.UNCHANGED: None}
_NOT_WELL = {Scenario.BACKUP: News.NOT_PROVEN, Scenario.RESTORE_DRILL: News.NOT_PROVEN}


def tell_people(request: object, ended: State[Any], error: DeployError | None) -> State[Any]:
    """Tell the environment's channels how the run ends; gives the end, which says who could not be told."""
    scenario, environment = _scenario(), _environment(request)
    if scenario is None or environment is None:
        return ended
    notice = Notice(
        news=News.DRIFT if isinstance(error, DriftFound) else _NEWS.get(str(ended.name), News.FAILED),
        scenario=scenario,
        environment=environment.name,
        told=scrub(error.problem if error else ended.message or ""),
        next_step=scrub(error.next_step if error else ""),
        requester=str(getattr(request, "requester", "")),
        because=str(getattr(request, "reason", "")),
    )
    unwell = error.unwell if isinstance(error, NotWell) else {}
    return _with_undelivered(ended, _tell(environment, notice, unwell))


def _tell(environment: Environment, notice: Notice, unwell: Unwell) -> list[str]:
    """Tell of this end; gives a clause for each way that failed."""
    if notice.scenario is Scenario.RETIREMENT and notice.news is News.UNCHANGED:
        return []  # the clock asks each morning, and mostly there is nothing to retire
    if notice.scenario not in CHECKS:
        tell_of_end(environment, notice)
        return [f"the channel {problem}" for problem in delivered().problems]
    problems, standing = _tell_of_check(environment, notice, unwell)
    silence = tell_of_silence(notice.scenario, environment, standing) if standing else []
    known = standing is not None and standing.known
    outside = _tell_outside(environment) if known and notice.scenario is Scenario.VERIFICATION else []
    return [f"the channel {problem}" for problem in problems + silence] + outside


def _tell_outside(environment: Environment) -> list[str]:
    """Not called while what stands reached nobody: the service outside is then who tells."""
    parameter = environment.heartbeat_url_parameter
    if not parameter:
        return []
    problem = came_to(tell_outside(environment, parameter, return_state=True))
    return [] if problem is None else [f"the service outside, whose address {problem}"]


def _tell_of_check(
    environment: Environment, notice: Notice, unwell: Unwell
) -> tuple[list[str], Standing | None]:
    """Tell of what was found, where it is news; gives what was not delivered, and how the check stands."""
    check, name = notice.scenario, environment.name
    well = _WELL.get(notice.news, False)
    as_it_is = well is not False or notice.news is News.DRIFT
    found = notice.news if as_it_is else _NOT_WELL.get(check, News.NOT_WELL)
    kept = came_to(note_look(check, name, well=well, told=notice.told, unwell=unwell, return_state=True))
    standing = kept if isinstance(kept, Standing) else None
    news = news_of(found, standing) if standing else found
    if news is None:
        return [], standing
    worse = f"Worse than before: {', '.join(standing.worse)}. " if standing and standing.worse else ""
    tell_of_end(environment, notice.model_copy(update={"news": news, "told": f"{worse}{notice.told}"}))
    messages = delivered()
    if standing and heard_by_somebody(environment, news, messages):
        noted = came_to(note_known(check, name, standing, return_state=True))
        standing = noted if isinstance(noted, Standing) else standing
    return messages.problems, standing


def _with_undelivered(ended: State[Any], problems: list[str]) -> State[Any]:
    if not problems:
        return ended
    told = f"{ended.message or ''} Not everybody was told: {'; '.join(problems)}."
    return ended.model_copy(update={"message": told.strip()})


def _scenario() -> Scenario | None:
    name = flow_run.get_flow_name()
    return Scenario(name) if name in set(Scenario) else None


def _environment(request: object) -> Environment | None:
    """None where the run ends because its environment is unknown, or its file is wrong."""
    if not isinstance(request, Request):
        return None
    try:
        return load_environment(request.environment)
    except DeployError:
        return None
