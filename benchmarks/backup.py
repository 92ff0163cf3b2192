"""A proven backup of both databases while they serve, beside a dump of both, for which they are stopped."""

from __future__ import annotations

from benchmarks.flow_runs import seconds_of
from benchmarks.ground import ENVIRONMENT
from benchmarks.result import Result, measure_pairs
from benchmarks.scripts import run_script
from models.names import DatabaseName, Scenario
from models.request import BackupRequest
from sandbox.settings import SandboxSettings
from systems.aws.instances import running_instance
from systems.aws.session import Aws
from systems.environments import load_environment
from tasks.state import live_outputs


def run(_settings: SandboxSettings, pairs: int) -> Result:
    """Back both up each time, in turn by the flow and by the script."""
    ours, beside = measure_pairs(pairs, _flow, _script)
    return Result("backup", ours, beside, "neo4j-admin database dump")


def _flow() -> float:
    """Snapshots, and what Neo4j reads from a copy of each."""
    return seconds_of(Scenario.BACKUP, BackupRequest(environment=ENVIRONMENT, requester="benchmark"))


def _script() -> float:
    """From the start of the script's process until both databases listen again."""
    environment = load_environment(ENVIRONMENT)
    aws = Aws(environment.aws.region)
    machines = [running_instance(aws, ENVIRONMENT, database).id for database in DatabaseName]
    urls = list(live_outputs(environment).bolt_urls.values())
    return run_script("plain_dump", {"machines": machines, "bolt_urls": urls})
