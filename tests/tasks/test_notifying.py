"""What people read in their channels, which a real web server stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from prefect import flow
from typer.main import get_group

from deployments.cli import application
from models.environment import ChannelSettings, Environment
from tasks.notifying import tell_of_question
from tests.channels import Channels, open_channels
from tests.deployments.cli.conftest import address  # noqa: F401 the fixture
from tests.tasks.test_applying import a_change

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api")]


@pytest.fixture
def channels(address: str) -> Iterator[Channels]:  # noqa: F811
    """A channel of each kind, whose address is in SSM."""
    with open_channels() as opened:
        for way in ("hears", "refuses"):
            boto3.client("ssm").put_parameter(
                Name=f"/channels/{way}", Value=opened.address(way), Type="SecureString"
            )
        yield opened


def with_channels(environment: Environment, *channels: ChannelSettings) -> Environment:
    """The environment with these channels and no others."""
    return environment.model_copy(update={"channels": list(channels)})


def a_channel(way: str) -> ChannelSettings:
    """One that wants everything."""
    return ChannelSettings(name=way, address_parameter=f"/channels/{way}")


def in_a_run(doing: Callable[[], None]) -> None:
    """Do this within a flow run."""
    flow(doing)()


def test_the_command_that_a_question_tells_is_one_that_the_command_line_takes(channels: Channels) -> None:
    """The run is named by its id: several may be called deploy-production."""
    change = a_change("a-run")
    change = change.model_copy(update={"environment": with_channels(change.environment, a_channel("hears"))})
    in_a_run(lambda: tell_of_question(change, datetime.now(UTC) + timedelta(hours=1)))
    [message] = channels.messages
    [told] = [line for line in message["message"].splitlines() if line.startswith("Next: ")]
    name, *arguments = told.partition("credex ")[2].split()
    read = get_group(application([name])).commands[name].make_context(name, arguments)
    assert read.params["run"] == "a-run"
