"""One environment as people find it from outside: its state, service, databases and secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
from botocore.exceptions import ClientError
from github.Repository import Repository

from models.database import DatabaseIdentity
from models.environment import Environment
from models.log import Record
from models.names import DatabaseName
from models.outputs import Outputs, select_outputs
from models.release import Release
from models.rollout import ServiceState
from sandbox.pushing import head_of_branch, push_commit, push_image_everywhere
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.deployment_log import DeploymentLog
from systems.aws.ecs import read_service
from systems.aws.parameters import read_parameters
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.github.client import connect, open_repository
from systems.github.environment_secrets import list_secrets
from systems.neo4j.connection import Credentials, open_database
from systems.neo4j.identity import read_identity

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef


@dataclass(frozen=True)
class Snapshot:
    """All that a run which changes nothing leaves as it is."""

    state_serial: int
    task_definition: str
    desired_count: int
    secrets_written_at: dict[str, datetime]
    databases: dict[DatabaseName, tuple[str, datetime]]


@dataclass(frozen=True)
class Image:
    """A commit and the digest of its image."""

    commit: str
    digest: str


class Place:
    """One environment, looked at by the means that any client has."""

    def __init__(self, settings: SandboxSettings, name: str) -> None:
        self.sandbox = settings
        self.name = name
        self.environment: Environment = load_environment(name, settings.environments)
        self.aws = Aws(self.environment.aws.region)
        self.log = DeploymentLog(self.aws, self.environment.aws.releases_bucket, name)

    def records(self, run_id: object) -> list[Record]:
        """What the deployment log holds of a flow run, oldest first."""
        return [record for record in self.log.records() if record.entry.flow_run_id == str(run_id)]

    def plans_kept(self, run_id: object) -> list[str]:
        """The keys of the saved plans of a flow run."""
        found = self.aws.s3.list_objects_v2(
            Bucket=self.environment.aws.releases_bucket, Prefix=f"plans/{run_id}/"
        )
        return [item["Key"] for item in found.get("Contents", [])]

    def state(self) -> dict[str, Any]:
        """Terraform's state, as it lies in its bucket."""
        where = self.environment.aws
        body = self.aws.s3.get_object(Bucket=where.state_bucket, Key=where.state_key)["Body"].read()
        content: dict[str, Any] = json.loads(body)
        return content

    def locked(self) -> bool:
        """Whether somebody holds the lock of Terraform's state."""
        where = self.environment.aws
        try:
            self.aws.s3.head_object(Bucket=where.state_bucket, Key=f"{where.state_key}.tflock")
        except ClientError:
            return False
        return True

    def outputs(self) -> Outputs:
        """Terraform's outputs, by the environment's names."""
        values = {name: output["value"] for name, output in self.state()["outputs"].items()}
        return select_outputs(values, self.environment.terraform.outputs, self.environment.elsewhere)

    def serving(self) -> dict[str, str]:
        """What the running image says of itself through the load balancer."""
        with httpx.Client(trust_env=False, timeout=10) as client:
            answer: dict[str, str] = client.get(self.outputs().api_url).raise_for_status().json()
        return answer

    def service(self) -> ServiceState:
        """The ECS service."""
        outputs = self.outputs()
        return read_service(self.aws, outputs.cluster, outputs.service)

    def credentials(self, database: DatabaseName) -> Credentials:
        """The application's own login, from SSM, where the application has it from."""
        keys = self.environment.databases[database]
        user, password = (
            self.environment.secrets[key].parameter for key in (keys.user_key, keys.password_key)
        )
        values = read_parameters(self.aws, [user, password])
        return Credentials(values[user].get_secret_value(), values[password].get_secret_value())

    def identity(self, database: DatabaseName) -> DatabaseIdentity:
        """Which database this is, and how much is in it."""
        url = self.outputs().bolt_urls[database]
        with open_database(url, self.credentials(database)) as connection:
            return read_identity(connection)

    def machine(self, database: DatabaseName) -> str:
        """The id of the database's instance that runs."""
        filters: list[FilterTypeDef] = [
            {"Name": "tag:credex:environment", "Values": [self.name]},
            {"Name": "tag:credex:database", "Values": [database]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        found = self.aws.ec2.describe_instances(Filters=filters)["Reservations"]
        return found[0]["Instances"][0]["InstanceId"]

    def secrets_written_at(self) -> dict[str, datetime]:
        """When each secret of the GitHub Environment was last written."""
        listed = list_secrets(self._repository(), self.environment.github.environment)
        return {item.name: item.updated_at for item in listed}

    def delete_secret(self, name: str) -> None:
        """Delete a secret of the GitHub Environment behind the deployment system's back."""
        self._repository().get_environment(self.environment.github.environment).delete_secret(name)

    def _repository(self) -> Repository:
        github = self.environment.github
        token = read_or_make_token(self.sandbox.home, DEPLOYER)
        return open_repository(connect(github.api_url, token), github.repository)

    def snapshot(self) -> Snapshot:
        """What a run that changes nothing must leave."""
        identities = {database: self.identity(database) for database in DatabaseName}
        service = self.service()
        return Snapshot(
            state_serial=self.state()["serial"],
            task_definition=service.deployments[0].task_definition,
            desired_count=service.desired,
            secrets_written_at=self.secrets_written_at(),
            databases={name: (item.database_id, item.creation_date) for name, item in identities.items()},
        )

    def release(self) -> Release:
        """The current release by the log, which there has to be."""
        release = self.log.current_release()
        assert release is not None
        return release

    def branch_head(self) -> str:
        """The commit that the environment's branch is at."""
        return head_of_branch(self.sandbox, self.environment)

    def push(self, behaviour: str = "ok") -> Image:
        """Push a new commit and its image, as a developer and the CI do."""
        commit = push_commit(self.sandbox, self.environment, f"Behave: {behaviour}")
        return Image(commit, push_image_everywhere(self.sandbox, commit, behaviour))
