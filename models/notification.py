"""What people are told in their chat: one short message for each thing that they should know.

Everything in it that came from outside is made harmless (`models.markdown.harmless`); the link alone is ours.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from models.markdown import harmless
from models.names import EnvironmentName, Scenario

_MINUTE = 60


class News(StrEnum):
    """What happened; the values are the words used in messages and in an environment's TOML file."""

    ASKED = "asked for approval"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    PUTTING_BACK = "failed and is being put back"
    ROLLED_BACK = "rolled back"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNFINISHED = "left unfinished"
    NOT_PROVEN = "backup not proven"
    DRIFT = "drift"
    NOT_WELL = "not well"
    WELL_AGAIN = "well again"
    NOT_LOOKING = "not looking"
    LOOKING_AGAIN = "looking again"

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to do something about it."""
        return self in {
            News.FAILED,
            News.PUTTING_BACK,
            News.ROLLED_BACK,
            News.UNFINISHED,
            News.NOT_PROVEN,
            News.DRIFT,
            News.NOT_WELL,
            News.NOT_LOOKING,
        }

    @property
    def is_good(self) -> bool:
        """Whether it is a good end."""
        return self in {News.SUCCEEDED, News.WELL_AGAIN, News.LOOKING_AGAIN}


class Notice(BaseModel):
    """One message: who, what, where, why, how long, what came of it, what to do next, and the run's page."""

    model_config = ConfigDict(frozen=True)

    news: News
    scenario: Scenario
    environment: EnvironmentName
    run_name: str = ""
    requester: str = ""
    because: str = ""
    """Why it was asked for, in the requester's own words."""
    told: str = ""
    """What came of it, in one sentence."""
    next_step: str = ""
    seconds: float | None = None
    """How long it has worked so far, without the time in which people thought."""
    link: str | None = None

    @property
    def title(self) -> str:
        """The first line: where, what, and what became of it."""
        found = "" if self.news is News.DRIFT else f" {self.news}"
        return f"{self.environment}: {self.scenario}{found}"

    @property
    def body(self) -> str:
        """Plain text of a few lines; without what is not known."""
        lines = [
            harmless(self.told),
            _line("Asked for by", self.requester),
            _line("Why", self.because),
            f"Took: {in_words(self.seconds)}" if self.seconds is not None else "",
            _line("Next", self.next_step),
            f"Run {harmless(self.run_name)}: {self.link}" if self.link else f"Run {harmless(self.run_name)}",
        ]
        return "\n".join(line for line in lines if line)


class Delivered(BaseModel):
    """What became of messages: how many arrived, and a clause for each channel that one did not reach."""

    model_config = ConfigDict(frozen=True)

    arrived: int = 0
    problems: list[str] = []


def _line(name: str, value: str) -> str:
    return f"{name}: {harmless(value)}" if value else ""


def in_words(seconds: float) -> str:
    """A duration for people: 40 s, 12 min, 3 h 5 min."""
    minutes = round(seconds / _MINUTE)
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 2 * _MINUTE else f"{minutes // _MINUTE} h {minutes % _MINUTE} min"
