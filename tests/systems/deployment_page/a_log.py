"""Facts of two environments with everything in them that the page shows, and of one that was never built."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.approval import Approval
from models.backup import Backup, BackupKind
from models.check import Check, Verdict, Verification
from models.drift import Author, Drift, DriftLook, OutsideChange
from models.log import GENESIS, Entry, Event, Record
from models.names import DatabaseName, Scenario
from models.plan import StateIdentity
from models.release import Database, Release
from systems.deployment_page.facts import Facts
from systems.github.commits import CommitInfo
from tests.systems.aws.fingerprints import fingerprint

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
COMMITS = [digit * 40 for digit in "abcdef"]
APPLICATION = Scenario.APPLICATION_DEPLOYMENT
PASSED = Verification(checks=[Check(name="tasks", verdict=Verdict.PASSED, detail="all")])
REASON = "Not put to use: the tasks of the new version stopped with exit code 1."


def release(environment: str, commit: str) -> Release:
    """A release of the commit."""
    machine = Database(neo4j_version="5.26.30", instance_type="r6i.large")
    return Release(
        environment=environment,
        commit=commit,
        image_digest=f"sha256:{commit[0] * 64}",
        desired_count=2,
        databases=dict.fromkeys(DatabaseName, machine),
    )


def facts(
    environment: str, text: str = "Let members see their balance", person: str = "Tendai Ncube"
) -> Facts:
    """An environment with a deployment every nine days, the third of which was put back."""
    entries: list[tuple[datetime, Entry]] = []
    for place in range(len(COMMITS)):
        begun = NOW - timedelta(days=60 - 9 * place)
        ends = [Event.FAILED, Event.ROLLED_BACK] if place == 2 else [Event.SUCCEEDED]
        for minutes, event in enumerate([Event.STARTED, *ends]):
            entries.append(
                (
                    begun + timedelta(minutes=7 * minutes),
                    _entry(environment, place, event, person, text),
                )
            )
    records = [
        Record(number=number, written_at=when, previous_hash=GENESIS, entry=entry)
        for number, (when, entry) in enumerate(entries, start=1)
    ]
    return Facts(
        environment,
        records,
        backups=[_backup(environment, database) for database in DatabaseName],
        drift=_drift(person),
        commits={commit: _commit(commit, place, text) for place, commit in enumerate(COMMITS)},
    )


def _entry(environment: str, place: int, event: Event, person: str, text: str) -> Entry:
    bad = event in {Event.FAILED, Event.ROLLED_BACK}
    commit = COMMITS[place]
    there = COMMITS[place - 1] if event is Event.ROLLED_BACK else commit
    return Entry(
        event=event,
        scenario=APPLICATION,
        environment=environment,
        flow_run_id=f"{environment}-{place}",
        flow_run_name=f"deploy-{environment}",
        requester=person,
        release=release(environment, there),
        approval=_approval(environment, commit, text),
        verification=None if bad or event is Event.STARTED else PASSED,
        because=text,
        reason=f"{REASON} {text}" if bad else "",
    )


def _approval(environment: str, commit: str, text: str) -> Approval:
    given = NOW - timedelta(days=61)
    return Approval(
        plan_sha256="1" * 64,
        changes_digest="2" * 64,
        state=StateIdentity(lineage="x", serial=1),
        release_digest=release(environment, commit).digest(),
        commit=commit,
        image_digest=f"sha256:{commit[0] * 64}",
        approver="Farai Dube",
        proven_by_code=True,
        comment=text,
        given_at=given,
        expires_at=given + timedelta(hours=24),
    )


def _drift(person: str) -> DriftLook:
    """Somebody scaled by hand, and nobody knows who took the alarm away."""
    when = NOW - timedelta(hours=10)
    changes = [
        OutsideChange(
            address="module.service.aws_ecs_service.this",
            how="differs in desired_count",
            author=Author(who=person, when=when, call="UpdateService"),
        ),
        OutsideChange(
            address='module.observability.aws_cloudwatch_metric_alarm.this["cpu"]', how="is missing"
        ),
    ]
    return DriftLook(looked_at=NOW - timedelta(hours=8, minutes=30), found=Drift(changes=changes))


def _commit(commit: str, place: int, text: str) -> CommitInfo:
    committed = NOW - timedelta(days=61 - 9 * place, hours=3 * place)
    return CommitInfo(sha=commit, subject=text, author="Ada", committed_at=committed)


def _backup(environment: str, database: DatabaseName) -> Backup:
    """The ledger's is proven."""
    made = NOW - timedelta(hours=9)
    return Backup(
        id=f"{made:%Y%m%d-%H%M%S}-00000000",
        environment=environment,
        database=database,
        kind=BackupKind.SNAPSHOT,
        snapshot_id="snap-1",
        fingerprint=fingerprint(),
        neo4j_version="5.26.30",
        made_at=made,
        proven_at=made + timedelta(minutes=4) if database is DatabaseName.LEDGER else None,
        flow_run_id="run",
    )
