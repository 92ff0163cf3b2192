"""Messages to channels at the transport seam: a real web server, real Apprise."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from models.errors import SetUpError
from models.names import Scenario
from models.notification import News, Notice
from systems.notifications import post, problems
from tests.channels import TOKEN, Channels, open_channels

NOTICE = Notice(
    news=News.FAILED,
    scenario=Scenario.SCALING,
    environment="production",
    run_name="scale-production",
    requester="Rutendo <!channel>",
    because="[win](http://evil.example) @here",
    told="The tasks did not start.",
    next_step="Read their logs.",
    seconds=760,
    link="https://prefect.example/runs/flow-run/1",
)


@pytest.fixture
def channels() -> Iterator[Channels]:
    with open_channels() as opened:
        yield opened


def test_what_hangs_or_refuses_keeps_nobody_from_being_told(
    channels: Channels, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """The channel that hears gets its message; each other one is named with what is wrong, and no secret."""
    ways = ["hears", "refuses", "hangs"]
    addresses = {way: channels.address(way) for way in ways} | {"garbled": f"nonsense://{TOKEN}"}

    def missing() -> SecretStr:
        raise SetUpError("SSM has no parameter /a/b.", next_step="Set it.")

    began = time.monotonic()
    sent = post(
        NOTICE,
        [(name, lambda address=address: SecretStr(address)) for name, address in addresses.items()]
        + [("absent", missing)],
    )
    assert time.monotonic() - began < 2, "posting must not wait for anybody"
    others = [delivery for delivery in sent if delivery.channel != "hangs"]
    found = problems(others, 60) + problems([sent[2]], 0)
    assert found == [
        "refuses refused the message or could not be reached",
        "garbled has an address that Apprise does not understand",
        "absent cannot be used: SSM has no parameter /a/b. Set it.",
        "hangs did not answer in time",
    ]
    [message] = channels.messages
    assert (message["title"], message["type"]) == ("production: scaling failed", "failure")
    assert message["message"].splitlines() == [
        "The tasks did not start.",
        "Asked for by: Rutendo (!channel)",
        "Why: (win)(http:\u2060//evil.example) @\u2060here",
        "Took: 13 min",
        "Next: Read their logs.",
        "Run scale-production: https://prefect.example/runs/flow-run/1",
    ]
    assert TOKEN not in caplog.text + "".join(capfd.readouterr())
