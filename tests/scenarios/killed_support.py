"""Environments of their own for tests that kill, and the killing: of a run, its Terraform, and the worker.

Such tests would be in the way of those that share development, staging and production.
"""

from __future__ import annotations

import json
import math
import shutil
import signal
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import psutil
import tomli_w
from botocore.exceptions import ClientError
from prefect.client.schemas.objects import FlowRun

from deployments.runs import prefect
from models.log import Event
from sandbox.network import terraform_variables
from sandbox.prefect.parts import register_deployments
from sandbox.record import read_record
from sandbox.seed import seed
from sandbox.settings import SandboxSettings
from systems.waiting import Pace, wait_for
from tasks.crashed import MOST_STARTS
from tests.scenarios.front_door import END_SECONDS
from tests.scenarios.place import Place

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

MODEL = "development"

SOON = Pace(600, interval_seconds=0.3)
"""Longer than anything waited for here takes, a new worker and a new process on a busy machine included."""

AT_ONCE = Pace(600, interval_seconds=0.05)
"""As long, for what is over in less than a second; each look takes its share of the processor."""


def add_environment(settings: SandboxSettings, name: str, octet: int) -> Place:
    """One more environment on a running sandbox: like development, but it asks for approvals.

    Safe to call again: what is there stays.
    """
    text = (settings.environments / f"{MODEL}.toml").read_text()
    files: list[str] = tomllib.loads(text)["terraform"]["var_files"]
    document = tomllib.loads(text.replace(MODEL, name))
    own = settings.home / "terraform" / f"{name}.tfvars.json"
    own.write_text(json.dumps(terraform_variables(octet) | _own_names(name)))
    document["terraform"]["var_files"] = [*files, str(own)]
    document["approval"]["required"] = True
    (settings.environments / f"{name}.toml").write_text(tomli_w.dumps(document))
    seed(settings)
    register_deployments(settings)
    return Place(settings, name)


def _own_names(name: str) -> dict[str, str]:
    return {
        "state_bucket_name": f"credex-terraform-state-{name}",
        "releases_bucket_name": f"credex-releases-{name}",
        "backups_bucket_name": f"credex-backups-{name}",
        "logs_bucket_name": f"credex-access-logs-{name}",
        "kms_key_alias": f"alias/credex-deploy-{name}",
        "ecr_repository_name": f"credex-core-{name}",
    }


def read_run(run_id: UUID) -> FlowRun:
    """The run as Prefect has it."""
    with prefect() as client:
        return client.read_flow_run(run_id)


def end_of(run_id: UUID) -> FlowRun:
    """The run once it has ended for good; one that crashed is still to be continued."""

    def look() -> FlowRun | None:
        run = read_run(run_id)
        return run if run.state and run.state.is_final() and not run.state.is_crashed() else None

    ended = wait_for(look, Pace(END_SECONDS, interval_seconds=1))
    assert ended, f"it does not end: {read_run(run_id).state}"
    return ended


def log_of(run_id: UUID) -> str:
    """All that the run said."""
    lines: list[str] = []
    with prefect() as client:
        while True:
            wanted = {"logs": {"flow_run_id": {"any_": [str(run_id)]}}, "sort": "TIMESTAMP_ASC"}
            page = client.request("POST", "/logs/filter", json={**wanted, "offset": len(lines)}).json()
            if not page:
                return "\n".join(lines)
            lines += [line["message"] for line in page]


def times_asked(run_id: UUID) -> int:
    """How often the run was suspended to ask a person."""
    with prefect() as client:
        states = client.read_flow_run_states(run_id)
    return sum(state.is_paused() for state in states)


def step_began(run_id: UUID, sentence: str, start: int | None = None) -> bool | None:
    """Whether the run has begun a step of this name; None if not, as `wait_for` wants it.

    `start` asks for the run's first start alone, or its second after a kill, and so on.
    """
    wanted = {"flow_runs": {"id": {"any_": [str(run_id)]}}, "task_runs": {"name": {"like_": sentence}}}
    with prefect() as client:
        found = client.request("POST", "/task_runs/filter", json=wanted).json()
    return any(start in {None, step["flow_run_run_count"]} for step in found) or None


def kill_at_each(run_id: UUID, kills: Mapping[str, Callable[[UUID], None]], first_start: int = 1) -> None:
    """Kill the run when it has begun the first step, when it went on and has begun the second, and so on."""
    for start, (step, kill) in enumerate(kills.items(), first_start):
        came = wait_for(lambda step=step, start=start: step_began(run_id, step, start), AT_ONCE)  # type: ignore[misc]
        assert came, f"it does not come to {step}: {read_run(run_id).state}"
        kill(run_id)


def kill_server_at_each(settings: SandboxSettings, run_id: UUID, steps: Sequence[str]) -> None:
    """Kill Prefect's server each time that the run has begun one of these steps, in their order."""
    for step in steps:
        assert wait_for(lambda step=step: step_began(run_id, step), AT_ONCE), f"it does not come to {step}"  # type: ignore[misc]
        kill_server(settings)


def in_few_runs(steps: Sequence[str]) -> list[list[str]]:
    """The steps, each in one run, and far from the next of that run, which may go on after each kill."""
    runs = math.ceil(len(steps) / (MOST_STARTS - 1))
    return [list(steps[first::runs]) for first in range(runs)]


def process_of(run_id: UUID) -> psutil.Process:
    """The process that runs the flow run now."""
    run = read_run(run_id)
    assert run.state is not None
    assert run.state.is_running(), f"it is {run.state.name}: {run.state.message}"
    return psutil.Process(int(run.infrastructure_pid or 0))


def kill_flow(run_id: UUID) -> None:
    """Kill the run's process, and nothing that it started."""
    _kill(process_of(run_id))


def kill_flow_and_terraform(run_id: UUID) -> None:
    """Kill the run with all that it started, before any of it can put anything in order."""
    flow = process_of(run_id)
    flow.send_signal(signal.SIGSTOP)
    family = flow.children(recursive=True)
    assert any(process.name() == "terraform" for process in family), "it runs no Terraform"
    for process in family:
        process.send_signal(signal.SIGSTOP)
    _kill(*family, flow)


def kill_worker_and_flow(settings: SandboxSettings, run_id: UUID) -> None:
    """Kill the worker, then the run it started; the sandbox starts a new worker after a while."""
    worker, flow = _part(settings, "Prefect worker"), process_of(run_id)
    _kill(worker)
    _kill(flow)


def lose_machine(settings: SandboxSettings, run_id: UUID) -> Path:
    """Lose the worker's machine that the run is on, or was suspended on: its processes and its disk, at once.

    Gives its home; the sandbox starts that worker again when the folder is there again, with nothing in it.
    """
    name, home = next(
        (name, home) for name, home in settings.workers.items() if (home / "runs" / str(run_id)).exists()
    )
    flows = [process_of(run_id)] if read_run(run_id).state_name == "Running" else []
    family = [process for flow in flows for process in (*flow.children(recursive=True), flow)]
    lost = [_part(settings, name), *family]
    for process in lost:
        process.send_signal(signal.SIGSTOP)
    shutil.rmtree(home)
    _kill(*lost)
    return home


def kill_server(settings: SandboxSettings) -> None:
    """Kill Prefect's server, and wait until the sandbox has started another one, which answers."""
    _kill(_part(settings, "Prefect"))

    def answers() -> bool | None:
        try:
            return httpx.get(f"{settings.prefect_url}/api/health", trust_env=False).is_success or None
        except httpx.TransportError:
            return None

    assert wait_for(answers, SOON), "no server is started anew"


def _part(settings: SandboxSettings, name: str) -> psutil.Process:
    record = read_record(settings.home)
    assert record is not None
    process = next(part.process for part in record.parts if part.name == name)
    assert process is not None
    return psutil.Process(process.pid)


def kill_while_machines_are_made(place: Place, run_id: UUID) -> None:
    """Kill the worker and the run in the middle of an initial deployment's first apply."""
    assert wait_for(lambda: bool(instances_of(place)) or None, SOON), "it creates no machines"
    assert is_applying(place)
    kill_worker_and_flow(place.sandbox, run_id)


def _kill(*processes: psutil.Process) -> None:
    for process in processes:
        process.kill()
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert not alive, f"{alive} cannot be killed"


def lock_of(place: Place) -> dict[str, str] | None:
    """What Terraform wrote into the lock of the state; None while nobody holds it."""
    where = place.environment.aws
    try:
        body = place.aws.s3.get_object(Bucket=where.state_bucket, Key=f"{where.state_key}.tflock")["Body"]
    except ClientError:
        return None
    held: dict[str, str] = json.loads(body.read())
    return held


def is_applying(place: Place) -> bool | None:
    """Whether Terraform holds the lock in order to apply; None if not, as `wait_for` wants it."""
    held = lock_of(place)
    return True if held and held["Operation"] == "OperationTypeApply" else None


def instances_of(place: Place) -> list[str]:
    """The ids of the environment's machines that run or are about to."""
    filters: list[FilterTypeDef] = [
        {"Name": "tag:credex:environment", "Values": [place.name]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ]
    found = place.aws.ec2.describe_instances(Filters=filters)["Reservations"]
    return [instance["InstanceId"] for one in found for instance in one["Instances"]]


def built_twice(place: Place) -> list[str]:
    """What of the environment is in AWS but not in Terraform's state, because it was created again."""
    tagged: list[FilterTypeDef] = [{"Name": "tag:Environment", "Values": [place.name]}]
    for_data: list[FilterTypeDef] = [{"Name": "tag:credex:environment", "Values": [place.name]}]
    ec2, balancers = place.aws.ec2, place.aws.elbv2.describe_load_balancers()["LoadBalancers"]
    there = {
        "aws_vpc": [item["VpcId"] for item in ec2.describe_vpcs(Filters=tagged)["Vpcs"]],
        "aws_subnet": [item["SubnetId"] for item in ec2.describe_subnets(Filters=tagged)["Subnets"]],
        "aws_ebs_volume": [item["VolumeId"] for item in ec2.describe_volumes(Filters=for_data)["Volumes"]],
        "aws_instance": instances_of(place),
        "aws_lb": [item["LoadBalancerArn"] for item in balancers if place.name in item["LoadBalancerName"]],
    }
    known = _known_to_terraform(place)
    assert all(there.values()), f"AWS lacks some of {there}"
    return [f"{kind} {item}" for kind, items in there.items() for item in items if item not in known[kind]]


def _known_to_terraform(place: Place) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for resource in place.state()["resources"]:
        if resource["mode"] == "managed":
            ids = {instance["attributes"].get("id") for instance in resource["instances"]}
            known.setdefault(resource["type"], set()).update(filter(None, ids))
    return known


def story(place: Place, run_id: UUID) -> Counter[str]:
    """How often the log holds each event of the run, the start of each plan for itself."""
    told = [record.entry for record in place.records(run_id)]
    return Counter(
        f"started {entry.plan_sha256}" if entry.event is Event.STARTED else entry.event.value
        for entry in told
    )
