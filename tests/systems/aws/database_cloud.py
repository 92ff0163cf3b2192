"""A local AWS with one database's machine on it: real Neo4j, the real SSM documents, their real scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from models.environment import Environment
from models.names import DatabaseName
from sandbox.aws.databases import DatabasesReconciler
from sandbox.aws.hosts import Hosts
from sandbox.aws.machine_images import MACHINE_IMAGES
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.reconcile import Reconciler
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from sandbox.aws.units import MachinesReconciler
from sandbox.aws.volumes import VolumesReconciler
from systems.aws.commands import run_command
from systems.aws.database_machine import DatabaseMachine, find_machine
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.neo4j.connection import Connection, Credentials, open_database, wait_for_login
from systems.waiting import Pace
from tests.conftest import FIRST_NETWORK
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.waiting import until
from tests.terraform.hcl import ROOT
from tests.terraform.run import Terraform

LTS, NEWEST = "5.26.30", "2026.08.1"
PASSWORD = 'first-"password"'
CREDENTIALS = Credentials("neo4j", PASSWORD)
ZONE = "af-south-1a"
START_SECONDS = 240.0

_ROOT = """
provider "aws" {}

module "operations" {
  source      = "./operations"
  name_prefix = "credex-development"
  region      = "af-south-1"
}
"""


@contextmanager
def little_space_on(state: Path, instance: str) -> Iterator[None]:
    """A megabyte is left on a machine's data volume: its own `df` is found before the host's."""
    program = state / "instances" / instance / "bin" / "df"
    program.write_text("#!/bin/sh\necho Filesystem\necho data 10485760 10484736 1024 100% /data\n")
    program.chmod(0o755)
    yield
    program.unlink()


@dataclass
class DatabaseCloud:
    """The account, and the one database in it, the ledger of development."""

    clients: Clients
    server: LocalAws
    state: Path
    environment: Environment
    address: str
    subnet: str
    volume: str
    variables: dict[str, str]
    instance: str = ""

    @property
    def url(self) -> str:
        """Where the application finds it."""
        return f"bolt://{self.address}:7687"

    @property
    def data(self) -> Path:
        """The folder behind the data volume."""
        return self.state / "ebs" / self.volume

    @property
    def bucket(self) -> str:
        """Where the backups are."""
        return self.environment.aws.backups_bucket

    def little_space(self) -> AbstractContextManager[None]:
        """A data volume with a megabyte left."""
        return little_space_on(self.state, self.instance)

    @contextmanager
    def without_aws(self) -> Iterator[None]:
        """A machine that reaches neither S3 nor SSM's parameters; commands still come to it."""
        self.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
        yield
        del self.variables["AWS_ENDPOINT_URL"]

    @contextmanager
    def killed(self, when: str) -> Iterator[None]:
        """Each command of a machine is killed, as if with it, when this shell condition first holds.

        It is asked before every step of a script: $BASH_COMMAND is the step, $step counts them.
        """
        bomb = self.state / "bomb.sh"
        bomb.write_text(
            "if [[ $0 == */step-0.sh ]]; then\n  set -o functrace\n  step=0\n"
            f"  trap '((step += 1)); if {when}; then kill -KILL $$; fi' DEBUG\nfi\n"
        )
        self.variables["BASH_ENV"] = str(bomb)
        yield
        del self.variables["BASH_ENV"]

    def neo4j_process(self) -> int:
        """The id of the database's process on its machine now."""
        home = f"--home-dir={self.state / 'instances' / self.instance / 'neo4j'}"
        own = f"--config-dir={self.state / 'instances' / self.instance / 'neo4j' / 'conf'}"
        return next(
            each.pid
            for each in psutil.process_iter(["cmdline"])
            if {home, own} <= set(each.info["cmdline"] or ())
        )

    def shell(self, command: str) -> str:
        """What a command on the machine writes."""
        pace = Pace(deadline_seconds=120, interval_seconds=0.2)
        sent = run_command(
            Aws("af-south-1"),
            self.instance,
            "AWS-RunShellScript",
            {"commands": [command]},
            pace=pace,
            on_progress=print,
        )
        return sent.stdout

    def start_machine(self, version: str, *, wait: bool = True) -> None:
        """Replace the machine, as Terraform does for a new version: the volume goes on."""
        ec2 = self.clients("ec2")
        if self.instance:
            ec2.stop_instances(InstanceIds=[self.instance])
            ec2.terminate_instances(InstanceIds=[self.instance])
        self.instance = str(
            ec2.run_instances(
                ImageId=next(iter(MACHINE_IMAGES)),
                MinCount=1,
                MaxCount=1,
                SubnetId=self.subnet,
                PrivateIpAddress=self.address,
                TagSpecifications=[{"ResourceType": "instance", "Tags": _tags(self.environment, version)}],
            )["Instances"][0]["InstanceId"]
        )
        ec2.attach_volume(InstanceId=self.instance, VolumeId=self.volume, Device="/dev/sdf")
        if wait:
            self.wait(version)

    def wait(self, version: str | None = None, url: str | None = None) -> None:
        """Until the database of this version lets us in."""

        def is_it() -> bool:
            info = wait_for_login(
                url or self.url,
                CREDENTIALS,
                deadline_seconds=START_SECONDS,
                on_progress=print,
                second_try_seconds=3,
            )
            return version in {None, info.version}

        until(is_it, what=f"Neo4j {version}", seconds=START_SECONDS)

    @contextmanager
    def connection(self, url: str | None = None) -> Iterator[Connection]:
        """A connection to the database, or to another one on its machine."""
        with open_database(url or self.url, CREDENTIALS) as connection:
            yield connection

    def machine(self) -> DatabaseMachine:
        """The machine, found as production finds it."""
        found = find_machine(Aws("af-south-1"), self.environment, DatabaseName.LEDGER)
        return replace(found, interval_seconds=0.2)


@contextmanager
def database_cloud(folder: Path, host: int, version: str) -> Iterator[DatabaseCloud]:
    """A new account with the documents, a bucket, a password and one running database."""
    state = folder / "state"
    hosts = Hosts(state)

    overlaid: dict[str, str] = {}

    def variables() -> dict[str, str]:
        return server.environment() | overlaid

    parts: list[Reconciler] = [
        VolumesReconciler(state),
        DatabasesReconciler(hosts),
        MachinesReconciler(hosts),
        CommandRunner(hosts, variables),
    ]
    server = LocalAws(0, mends=MENDS, reconcilers=parts)
    server.start()
    with ExitStack() as stack:
        stack.callback(server.stop)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in server.environment().items():
            patch.setenv(name, value)
        clients = clients_of(server.url)
        environment = load_environment("development", ROOT.parent / "deployments" / "environments")
        subnet = _prepare(clients, environment)
        _apply_documents(folder / "terraform", server)
        volume = clients("ec2").create_volume(
            AvailabilityZone=ZONE,
            Size=10,
            TagSpecifications=[{"ResourceType": "volume", "Tags": _tags(environment, None)}],
        )["VolumeId"]
        address = f"127.{FIRST_NETWORK}.90.{host}"
        cloud = DatabaseCloud(clients, server, state, environment, address, subnet, volume, overlaid)
        cloud.start_machine(version)
        yield cloud


def _prepare(clients: Clients, environment: Environment) -> str:
    """A network, the bucket of the backups, the first password; the subnet's id."""
    vpc = clients("ec2").create_vpc(CidrBlock=f"127.{FIRST_NETWORK}.0.0/16")["Vpc"]["VpcId"]
    subnet = clients("ec2").create_subnet(
        VpcId=vpc, CidrBlock=f"127.{FIRST_NETWORK}.90.0/24", AvailabilityZone=ZONE
    )
    bucket = environment.aws.backups_bucket
    clients("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": environment.aws.region}
    )
    clients("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    clients("ssm").put_parameter(Name=_password_parameter(environment), Value=PASSWORD, Type="SecureString")
    return str(subnet["Subnet"]["SubnetId"])


def _apply_documents(directory: Path, server: LocalAws) -> None:
    """Terraform's own module makes them, with the scripts as they are."""
    shutil.copytree(ROOT / "modules" / "operations", directory / "operations")
    (directory / "main.tf").write_text(_ROOT, encoding="utf-8")
    terraform = Terraform(directory, server.environment())
    terraform.run("init", "-input=false", check=True)
    terraform.run("apply", "-auto-approve", "-input=false", check=True)


def _password_parameter(environment: Environment) -> str:
    return environment.secrets[environment.databases[DatabaseName.LEDGER].password_key].parameter


def _tags(environment: Environment, version: str | None) -> list[dict[str, Any]]:
    """Those of an instance; without a version, those of its data volume."""
    tags = {"credex:environment": environment.name, "credex:database": "ledger"}
    if version is None:
        tags["credex:role"] = "neo4j-data"
    else:
        tags |= {
            "credex:role": "neo4j",
            "credex:neo4j-version": version,
            "credex:password-parameter": _password_parameter(environment),
        }
    return [{"Key": key, "Value": value} for key, value in tags.items()]
