"""Tells people in the environment's channels what happens, while the run goes on.

A message is on its way in a thread of its own; only the run's end, and a question, wait for it, and no longer
than WAIT_SECONDS. A channel that fails is told of in the run's log and in its final state, and stops nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from prefect import get_run_logger
from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for
from pydantic import SecretStr

from models.change import Change
from models.environment import ChannelSettings, Environment
from models.notification import Delivered, News, Notice
from systems.aws.parameters import read_parameters
from systems.aws.session import Aws
from systems.notifications import Delivery, post, problems
from systems.redaction import remember_secrets, scrub
from tasks.steps import came_to, look, step

WAIT_SECONDS = 10.0
"""How long a run waits at its end, or before it asks, for channels that do not answer."""

_under_way: list[Delivery] = []
"""What this process has sent and nobody has looked after yet; a run has a process of its own."""


def tell(environment: Environment, notice: Notice) -> None:
    """Send a message of this run to the channels that want it; after a kill it is not sent again."""
    if _wanting(environment, notice.news):
        run = {"run_name": str(flow_run.get_name()), "link": run_page()}
        send(environment, notice.model_copy(update=run), return_state=True)


def run_page() -> str | None:
    """The address of this run's page; `prefect.runtime` gives that of an earlier interface."""
    run_id = flow_run.get_id()
    return url_for("flow-run", obj_id=run_id) if run_id else None


def tell_of_change(change: Change, news: News, told: str = "", next_step: str = "") -> None:
    """Send what happens to a change."""
    notice = Notice(
        news=news,
        scenario=change.scenario,
        environment=change.environment.name,
        requester=change.requester,
        because=change.because,
        told=scrub(told) or f"Commit {change.release.commit[:12]} in {change.release.tasks}.",
        next_step=scrub(next_step),
    )
    tell(change.environment, notice)


def tell_of_question(change: Change, answer_before: datetime) -> None:
    """Send that somebody has to agree, and wait until it is sent: the process ends while people think."""
    who = " or ".join(approver.name for approver in change.environment.approval.approvers) or "Anybody"
    tell_of_change(
        change,
        News.ASKED,
        f"{who} may answer, before {answer_before:%Y-%m-%d %H:%M} UTC; nothing is changed until then.",
        "Read the plan on the run's page and answer there, or with: "
        f"credex approve {change.flow_run_id} --as NAME",
    )
    delivered()


def tell_of_end(environment: Environment, notice: Notice) -> None:
    """Send how a run ends, and how long it has worked."""
    tell(environment, notice.model_copy(update={"seconds": _worked_seconds()}))


def delivered() -> Delivered:
    """What became of the messages since the last call; of none where that could not be seen."""
    if not _under_way:
        return Delivered()
    found = came_to(see_who_was_told(return_state=True))
    return found if isinstance(found, Delivered) else Delivered()


def heard_by_somebody(environment: Environment, news: News, messages: Delivered) -> bool:
    """Whether the news reached a channel; good news that no channel wants need not."""
    return messages.arrived > 0 or not (news.is_bad or _wanting(environment, news))


@step("Tell people", "Tell people: {notice.news}")
def send(environment: Environment, notice: Notice) -> list[str]:
    """Begin to send a message; gives the names of the channels that it goes to."""
    sent = post_to_channels(environment, notice)
    _under_way.extend(sent)
    return [delivery.channel for delivery in sent]


def post_to_channels(environment: Environment, notice: Notice) -> list[Delivery]:
    """Begin to send a message, of whichever run, to the channels that want it."""
    channels = _wanting(environment, notice.news)
    return post(notice, [(channel.name, partial(_address, environment, channel)) for channel in channels])


@look("See who was told")
def see_who_was_told() -> Delivered:
    """What became of the messages on their way, after waiting at most WAIT_SECONDS for all of them."""
    sent, _under_way[:] = list(_under_way), []
    failed = problems(sent, WAIT_SECONDS)
    found = list(dict.fromkeys(failed))
    for problem in found:
        get_run_logger().warning("Not everybody was told: the channel %s.", problem)
    return Delivered(arrived=len(sent) - len(failed), problems=found)


def _wanting(environment: Environment, news: News) -> list[ChannelSettings]:
    return [channel for channel in environment.channels if news in channel.news]


def _address(environment: Environment, channel: ChannelSettings) -> SecretStr:
    parameter = channel.address_parameter
    address = read_parameters(Aws(environment.aws.region), [parameter])[parameter]
    remember_secrets([address.get_secret_value()])
    return address


def _worked_seconds() -> float | None:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return None
    return (context.flow_run.total_run_time + (datetime.now(UTC) - context.start_time)).total_seconds()
