"""Sends a message to a channel by its Apprise address: Slack, Teams, e-mail, any webhook.

Apprise itself, and not Prefect's blocks around it: an address is a secret, which stays in SSM with the others
and need not be known to Prefect's database; each channel's own failure is told; and no channel is waited for
longer than wished.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from models.errors import DeployError
from models.notification import News, Notice

_SOCKET_SECONDS = 8
"""How long one step of a channel's connection may take; Apprise's own default is four."""


@dataclass
class Delivery:
    """One message on its way to one channel, in a thread of its own that no process waits for at its end."""

    channel: str
    problem: str | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> str | None:
        """Why it was not delivered, after waiting for so long at most; None where it was."""
        return self.problem if self._done.wait(seconds) else "did not answer in time"

    def run(self, address: Callable[[], SecretStr], notice: Notice) -> None:
        """Deliver; what goes wrong is kept in `problem`, in words that hold nothing of the address."""
        try:
            self.problem = _send(address().get_secret_value(), notice)
        except DeployError as error:
            self.problem = f"cannot be used: {error}"
        except Exception as error:  # noqa: BLE001 a channel's library may raise anything, its text hold anything
            self.problem = f"failed ({type(error).__name__})"
        finally:
            self._done.set()


def post(notice: Notice, channels: Sequence[tuple[str, Callable[[], SecretStr]]]) -> list[Delivery]:
    """Begin to send a message to each channel: its name, and a way to get its address. Returns at once."""
    deliveries = []
    for name, address in channels:
        delivery = Delivery(name)
        threading.Thread(
            target=delivery.run, args=(address, notice), daemon=True, name=f"tell {name}"
        ).start()
        deliveries.append(delivery)
    return deliveries


def problems(deliveries: Sequence[Delivery], at_most_seconds: float) -> list[str]:
    """A clause for each message that was not delivered, after waiting for all at most so long."""
    deadline = time.monotonic() + at_most_seconds
    found = []
    for delivery in deliveries:
        problem = delivery.wait(max(0.0, deadline - time.monotonic()))
        if problem:
            found.append(f"{delivery.channel} {problem}")
    return found


def _send(address: str, notice: Notice) -> str | None:
    import apprise  # noqa: PLC0415 it takes a second, and most runs have no channel

    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its messages may quote an address
    sender = apprise.Apprise(asset=apprise.AppriseAsset(app_id="credex-deploy", async_mode=False))
    if not sender.add(address):
        return "has an address that Apprise does not understand"
    for server in sender:
        server.socket_connect_timeout = server.socket_read_timeout = _SOCKET_SECONDS
    sent = sender.notify(
        title=notice.title,
        body=notice.body,
        notify_type=_kind(notice.news),
        body_format=apprise.NotifyFormat.TEXT,
    )
    return None if sent else "refused the message or could not be reached"


def _kind(news: News) -> str:
    """Apprise's own word, which many services show as a colour."""
    if news.is_bad:
        return "failure"
    return "success" if news.is_good else "info"
