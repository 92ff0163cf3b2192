"""Makes the page: facts in, one HTML file out, which loads nothing from anywhere.

Names, reasons and commits' subjects are data: Jinja2 escapes them, and the page's own Content-Security-Policy
runs no script and takes no style but the two that are in it, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from models.check import Verdict
from models.dora import Deployment, Measures, by_week, deployments_of, measure
from models.history import unfinished
from models.log import Event, Record
from models.release import Release
from systems.deployment_page.facts import Facts
from systems.deployment_page.plot import HEIGHT, WIDTH, Bar, time_bars, week_bars

HERE = Path(__file__).parent
_BAD = {Event.FAILED, Event.ROLLED_BACK}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """One environment as the page shows it."""

    facts: Facts
    release: Release | None
    verified: Record | None
    unfinished: list[Record]
    measures: Measures
    weeks: list[Bar]
    leads: list[Bar]
    restores: list[Bar]


def page(facts: list[Facts], now: datetime, days: int) -> str:
    """The HTML file; the measures are of the last so many days."""
    style, script = _own("page.css"), _own("page.js")
    jinja = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    jinja.filters |= {"when": _when, "took": took}
    records = [record for each in facts for record in each.records]
    return jinja.get_template("page.html.j2").render(
        environments=[_shown(each, now, days) for each in facts],
        history=sorted(records, key=lambda record: record.written_at, reverse=True),
        subjects={sha: info.subject for each in facts for sha, info in each.commits.items()},
        backups=[backup for each in facts for backup in each.backups],
        bad=_BAD,
        now=now,
        days=days,
        plot={"width": WIDTH, "height": HEIGHT},
        passed=Verdict.PASSED,
        style=Markup(style),  # noqa: S704 our own file
        script=Markup(script),  # noqa: S704 our own file
        policy=f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _own(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """How a Content-Security-Policy names a text that may stand in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _shown(facts: Facts, now: datetime, days: int) -> Shown:
    since = now - timedelta(days=days)
    times = {sha: info.committed_at for sha, info in facts.commits.items()}
    deployments = deployments_of(facts.records, times)
    recent = [each for each in deployments if each.ended_at and each.started_at >= since]
    newest_first = facts.records[::-1]
    good = (record.good_release for record in newest_first if record.good_release)
    return Shown(
        facts,
        next(good, None),
        next((record for record in newest_first if record.entry.verification), None),
        unfinished(facts.records),
        measure(deployments, since, now),
        week_bars(by_week(deployments, since, now)),
        time_bars([_bar(each, each.lead_time) for each in recent if each.lead_time is not None]),
        time_bars([_bar(each, each.time_to_restore) for each in recent if each.time_to_restore is not None]),
    )


def _bar(deployment: Deployment, time: timedelta) -> tuple[float, str]:
    return time / _HOUR, f"{deployment.flow_run_name}, {_when(deployment.started_at)}: {took(time)}"


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def took(time: timedelta | None) -> str:
    """A duration as people say it: its two largest units, or the seconds."""
    if time is None:
        return "not known"
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
