"""Which commits a flow run has called pending at GitHub, noted beside it for who ends that in its place."""

from __future__ import annotations

from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.runtime import flow_run
from pydantic import BaseModel, ConfigDict

from models.names import CommitSha, EnvironmentName

_KEY = "pending-"


class PendingCommit(BaseModel):
    """A commit that is on its way to an environment, or waits for a yes to that."""

    model_config = ConfigDict(frozen=True)

    environment: EnvironmentName
    commit: CommitSha


def note_pending(environment: EnvironmentName, commit: CommitSha) -> None:
    """Note it of this run. Safe to do again."""
    noted, run_id = PendingCommit(environment=environment, commit=commit), UUID(str(flow_run.get_id()))
    with get_client(sync_client=True) as client:
        if noted not in read_pending(client, run_id):
            client.create_flow_run_input(run_id, f"{_KEY}{environment}-{commit}", noted.model_dump_json())


def read_pending(client: SyncPrefectClient, run_id: UUID) -> list[PendingCommit]:
    """What the run has noted."""
    found = client.filter_flow_run_input(run_id, key_prefix=_KEY, limit=200, exclude_keys=set())
    return [PendingCommit.model_validate_json(each.value) for each in found]
