"""Backs up both databases while they serve: a snapshot of each volume, proven from a copy of it."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words, succeeded, unchanged
from flows.recorded import recording_failure
from models.backup import Backup
from models.elsewhere import nothing_of_ours, require_same_places
from models.environment import Environment
from models.fingerprint import Fingerprint
from models.log import Event
from models.names import BackupId, DatabaseName, Scenario
from models.outputs import Outputs
from models.request import BackupRequest
from tasks.applying import read_outputs
from tasks.backing_up import name_backup, record_snapshot, snapshot
from tasks.exporting import export, prove_export, record_export
from tasks.lock import machines_lock
from tasks.preflight import check_environment
from tasks.proving import mark_moment, prove_snapshot
from tasks.publishing import publish_deployment_page
from tasks.recording import read_current_release, record_run
from tasks.retention import remove_old_snapshots
from tasks.side_by_side import side_by_side

SCENARIO = Scenario.BACKUP


@flow(name=SCENARIO.value, flow_run_name="back-up-{request.environment}", persist_result=True)
@ends_in_words
def backup(request: Form[BackupRequest]) -> State[Any]:
    """Back up both databases without a pause: a snapshot of each volume, proven by a server on a copy of it.

    One that runs elsewhere is exported over Bolt, and proven by an import into a database that is for that.

    - **Touches** nothing that serves; a second Neo4j runs beside each database for a while.
    - **Takes** some minutes, more with much data. Changes of its databases wait meanwhile; the
      application can be deployed and rolled back.
    - **If it fails** the earlier backups stay as they are; start it again when what it says is mended.
    """
    environment = check_environment(request.environment)
    release = read_current_release(environment)
    if release is None:
        return unchanged(f"Nothing was deployed to {environment.name} yet, so there is nothing to back up.")
    require_same_places(environment, release)
    if not (release.databases or environment.proving):
        publish_deployment_page(environment, return_state=True)
        return unchanged(nothing_of_ours(environment))
    environment = environment.in_slot(release.live)
    with recording_failure(environment, SCENARIO, request.requester), machines_lock(environment):
        name = name_backup(environment.name)
        made = back_up(environment, list(release.databases), name)
        made |= back_up_elsewhere(environment, list(environment.proving), name)
        names = {database: one.id for database, one in made.items()}
        record_run(environment, SCENARIO, request.requester, Event.SUCCEEDED, backups=names)
        for database in made:
            remove_old_snapshots(environment, database, return_state=True)
    publish_deployment_page(environment, return_state=True)
    told = ", ".join(
        f"{one.database} {one.id} ({one.fingerprint.identity.node_count} nodes)" for one in made.values()
    )
    return succeeded(f"Backed up and proven: {told}.")


Proven = tuple[str, Fingerprint]


def back_up(
    environment: Environment, databases: list[DatabaseName], name: BackupId
) -> dict[DatabaseName, Backup]:
    """Snapshot, prove, record; both databases at the same time."""
    if not databases:
        return {}
    taken = snapshot_and_prove(environment, read_outputs(environment), databases)
    return side_by_side(databases, lambda each: record_snapshot.submit(environment, each, name, *taken[each]))


def back_up_elsewhere(
    environment: Environment, databases: list[DatabaseName], name: BackupId
) -> dict[DatabaseName, Backup]:
    """Export, prove, record; both databases at the same time."""
    made = side_by_side(databases, lambda each: export.submit(environment, each, name))
    side_by_side(databases, lambda each: prove_export.submit(environment, made[each]))
    return side_by_side(databases, lambda each: record_export.submit(environment, each, name, made[each]))


def snapshot_and_prove(
    environment: Environment, outputs: Outputs, databases: list[DatabaseName]
) -> dict[DatabaseName, Proven]:
    """A snapshot of each volume, and what a server on a copy of it holds; both databases at the same time.

    What the snapshot holds is a moment between two looks at the living database.
    """
    name = name_backup(environment.name)
    earliest = side_by_side(
        databases, lambda each: mark_moment.submit(environment, outputs, each, "before the snapshot")
    )
    taken = side_by_side(databases, lambda each: snapshot.submit(environment, each, name))
    latest = side_by_side(
        databases, lambda each: mark_moment.submit(environment, outputs, each, "after the snapshot")
    )
    proven = side_by_side(
        databases,
        lambda each: prove_snapshot.submit(environment, each, taken[each], earliest[each], latest[each]),
    )
    return {each: (taken[each], proven[each]) for each in databases}
