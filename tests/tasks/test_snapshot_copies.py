"""A snapshot's copy on a machine of the local AWS: removed whatever fails, and kept off by no other one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prefect import flow

from models.errors import DeployError, Refused
from models.names import DatabaseName
from sandbox.aws.hosts import Hosts
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.mends.probe_network import make_network, run_instance
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from sandbox.aws.volumes import VolumesReconciler
from systems.aws.session import Aws
from systems.aws.tags import as_tags
from systems.aws.volume_copies import attach_volume, volume_from_snapshot
from systems.environments import load_environment
from systems.waiting import Pace
from tasks.snapshot_copies import copy_of_snapshot
from tests.sandbox.aws.conftest import clients_of

pytestmark = pytest.mark.sandbox

ENVIRONMENT = load_environment("development")
LEDGER, SEARCH = DatabaseName
PACE = Pace(deadline_seconds=60, interval_seconds=0.1)


@dataclass
class Place:
    """Two databases' machines without Neo4j, each of which stops its scratch server by one line in a file."""

    clients: Clients
    machines: dict[DatabaseName, str]
    data: str
    stops: Path

    def snapshot(self) -> str:
        """A new, complete snapshot of the ledger's data volume."""
        ec2 = self.clients("ec2")
        snapshot = str(ec2.create_snapshot(VolumeId=self.data)["SnapshotId"])
        ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1})
        return snapshot

    def leave_copy(self, snapshot: str, database: DatabaseName = LEDGER) -> str:
        """A copy attached to a machine, as a run leaves it that was killed; its id."""
        aws, machine = Aws(ENVIRONMENT.aws.region), self.machines[database]
        tags = {"credex:environment": ENVIRONMENT.name, "credex:database": database.value}
        copy = volume_from_snapshot(aws, snapshot, machine, tags, print, pace=PACE)
        attach_volume(aws, copy, machine, print, pace=PACE)
        return copy

    def volumes(self) -> set[str]:
        """All that are there, but for those that machines start from."""
        found = self.clients("ec2").describe_volumes()["Volumes"]
        return {each["VolumeId"] for each in found if each.get("Tags")}

    def times_stopped(self) -> int:
        """How often a machine was asked to stop its scratch server."""
        return len(self.stops.read_text().splitlines()) if self.stops.exists() else 0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A new account with the ledger's data volume."""

    def variables() -> dict[str, str]:
        return server.environment()

    state = tmp_path / "state"
    runner = CommandRunner(Hosts(state), variables)
    server = LocalAws(0, mends=MENDS, reconcilers=[VolumesReconciler(state), runner])
    server.start()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    clients = clients_of(server.url)
    subnet = make_network(clients).subnet
    machines = {each: _machine(clients, subnet, each) for each in DatabaseName}
    zone = clients("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailabilityZone"]
    data = clients("ec2").create_volume(
        AvailabilityZone=zone, Size=1, TagSpecifications=_tagged("volume", "neo4j-data", LEDGER)
    )["VolumeId"]
    clients("ec2").attach_volume(InstanceId=machines[LEDGER], VolumeId=data, Device="/dev/sdf")
    place = Place(clients, machines, data, tmp_path / "stops")
    _write_document(clients, f"echo stopped >>{place.stops}; echo '{{}}'")
    yield place
    server.stop()


def _machine(clients: Clients, subnet: str, database: DatabaseName) -> str:
    specification = _tagged("instance", "neo4j", database)
    return run_instance(clients, SubnetId=subnet, TagSpecifications=specification)


def _tagged(kind: str, role: str, database: DatabaseName) -> list[dict[str, object]]:
    tags = {"credex:role": role, "credex:environment": ENVIRONMENT.name, "credex:database": database.value}
    return [{"ResourceType": kind, "Tags": as_tags(tags)}]


def _write_document(clients: Clients, line: str) -> None:
    """The document that stops the scratch server, as this line of a shell."""
    inputs = {"runCommand": [line], "timeoutSeconds": "60"}
    content = {
        "schemaVersion": "2.2",
        "mainSteps": [{"action": "aws:runShellScript", "name": "stop", "inputs": inputs}],
    }
    name = f"credex-{ENVIRONMENT.name}-database-scratch-stop"
    if clients("ssm").list_documents(Filters=[{"Key": "Name", "Values": [name]}])["DocumentIdentifiers"]:
        clients("ssm").delete_document(Name=name)
    clients("ssm").create_document(Name=name, Content=json.dumps(content), DocumentType="Command")


@flow
def look_into(snapshot: str, error: DeployError | None = None) -> str:
    """Have a copy for a moment; the id of its volume."""
    with copy_of_snapshot(ENVIRONMENT, LEDGER, snapshot) as copy:
        if error is not None:
            raise error
        return copy.volume_id


@pytest.mark.usefixtures("prefect_api")
@pytest.mark.parametrize("error", [None, Refused("It holds something else.", next_step="Look at it.")])
def test_it_is_removed_although_the_server_on_it_does_not_stop(
    place: Place, error: DeployError | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Left attached it would keep off every later one. What is raised is the error that came first."""
    _write_document(place.clients, "echo 'The scratch server does not stop.' >&2; exit 1")
    with pytest.raises(DeployError, match="does not stop" if error is None else "holds something else"):
        look_into(place.snapshot(), error)
    assert place.volumes() == {place.data}
    assert "The scratch server does not stop." in caplog.text


@pytest.mark.usefixtures("prefect_api")
def test_what_another_run_left_attached_is_cleared_away(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Its server is stopped first. Another machine's copy and the data itself stay."""
    left, others = place.leave_copy(place.snapshot()), place.leave_copy(place.snapshot(), SEARCH)
    assert look_into(place.snapshot()) not in {left, others}
    assert place.volumes() == {place.data, others}
    assert place.times_stopped() == 2
    assert f"ledger: the volume {left}, a copy that an earlier run left attached, was cleared" in caplog.text


@pytest.mark.usefixtures("prefect_api")
def test_the_copy_of_this_very_run_goes_on_after_a_kill(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """The server that runs on it is kept too, until the end."""
    snapshot = place.snapshot()
    ours = place.leave_copy(snapshot)
    assert look_into(snapshot) == ours
    assert place.volumes() == {place.data}
    assert place.times_stopped() == 1
    assert "cleared away" not in caplog.text
