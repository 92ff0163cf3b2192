"""How a scheduled check stands: whether all was well at its last look, since when, and whether people know.

A check that goes bad is news once, each time that something more or something worse is found, and once more
when it is well again. Each look is a sign of life.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from models.check import Verdict
from models.names import Scenario
from models.notification import News

CHECKS = (Scenario.VERIFICATION, Scenario.DRIFT, Scenario.BACKUP, Scenario.RESTORE_DRILL)
"""What the clock starts."""

SLACK = timedelta(minutes=10)
"""How much later than its interval a check may look: others run before it, and it takes a while itself."""


THE_LOOK = "the look itself"
"""What is not well where a check could not look, and so found nothing that has a name."""

MOST_NAMES = 20
"""How many names of what is not well are kept; where so much is, one thing more is no news."""

_LONGEST_NAME = 100


class Standing(BaseModel):
    """What the last look of a check of an environment found.

    `well` is None while no look has come to a finding: there was nothing to look at yet. `known` is whether
    people were told how it stands, or need not be. `unwell` names what is not well, and `worse` what of that
    was not so, or less so, at the look before.
    """

    model_config = ConfigDict(frozen=True)

    looked_at: datetime
    looked_before: datetime | None = None
    well: bool | None = None
    since: datetime
    told: str = ""
    known: bool = True
    unwell: dict[str, Verdict] = {}
    worse: list[str] = []

    @property
    def is_bad(self) -> bool:
        """Whether the last finding was that something is not well."""
        return self.well is False

    def overdue(self, now: datetime, interval: timedelta) -> timedelta | None:
        """How long ago the last look was, where that is longer than the interval allows."""
        return _too_long(now - self.looked_at, interval)

    def silence_before(self, interval: timedelta) -> timedelta | None:
        """How long it had not looked before its last look, where that is longer than the interval allows."""
        return _too_long(self.looked_at - self.looked_before, interval) if self.looked_before else None


def _too_long(silence: timedelta, interval: timedelta) -> timedelta | None:
    return silence if silence > interval + SLACK else None


def after_look(
    before: Standing | None,
    now: datetime,
    *,
    well: bool | None,
    told: str = "",
    unwell: Mapping[str, Verdict] | None = None,
) -> Standing:
    """The standing after another look; a look that came to no finding leaves the finding before."""
    looked_before = before.looked_at if before else None
    if well is None:
        times = {"looked_at": now, "looked_before": looked_before}
        return before.model_copy(update=times) if before else Standing(looked_at=now, since=now)
    same = before if before and before.well is well else None
    names = {} if well else _names(before.unwell if before else {}, unwell or {})
    worse = _worse(same.unwell, names) if same else []
    return Standing(
        looked_at=now,
        looked_before=looked_before,
        well=well,
        since=same.since if same else now,
        told=told,
        known=same.known and not worse if same else well and not (before and before.is_bad),
        unwell=names,
        worse=worse,
    )


def _names(before: Mapping[str, Verdict], found: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """What is not well, the worst first; where the check could not look, all that was so before stays."""
    names = found or {**before, THE_LOOK: Verdict.INCONCLUSIVE}
    ordered = sorted(names.items(), key=lambda item: (-item[1].severity, item[0]))
    return {name[:_LONGEST_NAME]: verdict for name, verdict in ordered[:MOST_NAMES]}


def _worse(before: Mapping[str, Verdict], now: Mapping[str, Verdict]) -> list[str]:
    more = [] if len(before) == MOST_NAMES else [name for name in now if name not in before]
    return more + [name for name in now if name in before and now[name].severity > before[name].severity]


def news_of(found: News, standing: Standing) -> News | None:
    """What people are to be told after a look that found this; None where they know.

    A backup that is not proven is news each time: it is one more night, or week, without one.
    """
    if found is News.UNCHANGED or (standing.known and found is not News.NOT_PROVEN):
        return None
    return News.WELL_AGAIN if standing.well else found
