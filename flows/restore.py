"""Puts one database back to what a backup holds, after a backup of what is there now."""

from __future__ import annotations

from functools import partial
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.databases_back import DatabasesBack
from flows.forms import Form
from flows.outcome import ends_in_words
from flows.putting_back import last_good_release_on_failure
from flows.rail import on_the_rail
from flows.recorded import finish
from flows.safeguards import Secured, discard_copies, open_again, secure
from models.backup import Backup
from models.change import Change
from models.check import Verification
from models.elsewhere import require_machines
from models.log import Event
from models.names import Scenario
from models.release import Release
from models.request import RestoreRequest
from tasks.applying import began, read_outputs
from tasks.backing_up import check_backup_is_there, find_backup
from tasks.database_checks import require_room_for_backups
from tasks.informing import inform
from tasks.preflight import check_environment
from tasks.proving import dump_of_snapshot, read_data
from tasks.recording import record_outcome, require_release, was_opened
from tasks.returning import return_database, show_loss
from tasks.verification import require_success, verify

SCENARIO = Scenario.RESTORE


@flow(
    name=SCENARIO.value, flow_run_name="restore-{request.database}-{request.environment}", persist_result=True
)
@ends_in_words
def restore(request: Form[RestoreRequest]) -> State[Any]:
    """Put a database back to what it was when a backup was made.

    - **Touches** the data of that database, and nothing of the infrastructure.
    - **Takes** some minutes, in which the application reads and cannot write; a snapshot takes more, before.
    - **Asks** for an approval where the environment wants one, and shows what would be lost.
    - **If it fails** the database is put back as it was before, from a backup made and proven first.
    """
    environment = check_environment(request.environment)
    require_machines(environment, [request.database])
    backup = find_backup(environment, request.database, request.backup)
    check_backup_is_there(environment, backup)

    def same_release(current: Release | None) -> Release:
        release = require_release(environment, current)
        backup.require_restorable_by(release.databases[request.database].neo4j_version)
        require_room_for_backups(environment.in_slot(release.live), release)
        return release

    return on_the_rail(
        environment,
        SCENARIO,
        request,
        next_release=same_release,
        carry_out=partial(carry_out, backup),
        also_shown=partial(what_is_lost, backup),
    )


def what_is_lost(backup: Backup, change: Change) -> str:
    """What is in the database now beside what the backup holds."""
    outputs = read_outputs(change.environment)
    now = read_data(change.environment, outputs, backup.database, change.at_plan)
    return show_loss(change.environment, backup, now)


def carry_out(backup: Backup, change: Change) -> State[Any]:
    """Fence, back up what is there, prove, restore, compare, open; on failure it is as it was.

    A dump of a snapshot is made before the fence: writes go on meanwhile.
    """
    environment, database = change.environment, backup.database
    with last_good_release_on_failure(change, RestoreBack(change)):
        inform(change, Event.STARTED)
        restorable = dump_of_snapshot(environment, backup) if backup.dump is None else backup
        secured = secure(change)
        secured_change = secured.named_in(change)
        record_outcome(secured_change, Event.STARTED)
        return_database(
            environment,
            secured.outputs,
            database,
            version=change.release.databases[database].neo4j_version,
            backup=restorable,
            expected=backup.fingerprint,
            restores=True,
        )
        record_outcome(secured_change, Event.OPENED)
        open_again(change, secured.outputs)
        verification = _verify(change, secured, backup)
    discard_copies(change)
    return finish(secured_change, verification, secured.outputs, changed_data=True)


def _verify(change: Change, secured: Secured, backup: Backup) -> Verification:
    before = secured.identities
    before[backup.database] = backup.fingerprint.identity
    verification = verify(change.environment, secured.outputs, change.release, before)
    require_success(verification)
    return verification


class RestoreBack(DatabasesBack):
    """Puts the data back that was there before the restore; Terraform has no part in it."""

    def is_untouched(self, change: Change, error: Exception) -> bool:  # noqa: ARG002 the record tells
        """Whether the restore itself had not begun."""
        return began(change) is None

    def stays(self, change: Change, error: Exception) -> bool:  # noqa: ARG002 the record tells
        """Once the application writes to the restored data, that is what there is."""
        return was_opened(change)

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:  # noqa: ARG002
        """The data as it was, from the backup made of it."""
        secured = secure(change)
        back = secured.named_in(change)
        verification = self.bring_up(back, secured.outputs)
        require_success(verification)
        discard_copies(back)
        return back, verification
