"""Restores the newest backup of each database into a scratch server: whether one could, before one must."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import Form
from flows.outcome import ends_in_words, succeeded, unchanged
from flows.recorded import recording_failure
from models.elsewhere import nothing_of_ours, require_same_places
from models.log import Event
from models.names import Scenario
from models.request import RestoreDrillRequest
from tasks.backing_up import newest_backup
from tasks.drill import restore_into_scratch, write_report
from tasks.lock import machines_lock
from tasks.preflight import check_environment
from tasks.recording import read_current_release, record_run
from tasks.side_by_side import side_by_side

SCENARIO = Scenario.RESTORE_DRILL


@flow(name=SCENARIO.value, flow_run_name="drill-{request.environment}", persist_result=True)
@ends_in_words
def restore_drill(request: Form[RestoreDrillRequest]) -> State[Any]:
    """Restore the newest backup of each database into a scratch server, and compare all that is in it.

    - **Touches** nothing that serves; a second Neo4j runs beside each database for a while.
    - **Takes** some minutes, more with much data. Changes of its databases wait meanwhile; the
      application can be deployed and rolled back.
    - **If it fails** the newest backup is not to be relied on: start the flow backup, then this again.
    """
    environment = check_environment(request.environment)
    release = read_current_release(environment)
    if release is None:
        return unchanged(f"Nothing was deployed to {environment.name} yet, so there is nothing to restore.")
    require_same_places(environment, release)
    backed_up = [*release.databases, *environment.proving]
    if not backed_up:
        return unchanged(nothing_of_ours(environment))
    environment = environment.in_slot(release.live)
    with recording_failure(environment, SCENARIO, request.requester), machines_lock(environment):
        newest = {database: newest_backup(environment, database) for database in backed_up}
        drilled = side_by_side(newest, lambda each: restore_into_scratch.submit(environment, newest[each]))
        write_report(environment, list(newest.values()), list(drilled.values()))
        names = {database: one.id for database, one in newest.items()}
        record_run(environment, SCENARIO, request.requester, Event.SUCCEEDED, backups=names)
    told = ", ".join(f"{one.database} {one.id}" for one in newest.values())
    return succeeded(f"Restored into scratch servers, and equal to what was backed up: {told}.")
