"""What operators and the application's CI have done before the first deployment.

All by the front doors, and safe to run again: what is there stays as it is.
"""

from __future__ import annotations

import secrets

from models.environment import Environment, SecretSource
from sandbox.aws.account import REGION
from sandbox.environments import read_environments
from sandbox.images import push_image
from sandbox.pushing import head_of_branch
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.artifacts import archives_of
from systems.aws.bootstrap import ensure_repository
from systems.aws.session import Aws
from systems.one_time_codes import new_secret

NEO4J_VERSIONS = ("5.26.30", "2026.08.1")
"""The versions that a release may ask for: the one of the first release, and the newest."""


def seed(settings: SandboxSettings) -> None:
    """Store what operators know, and push an image of every branch's newest commit."""
    environments = read_environments(settings)
    token = read_or_make_token(settings.home, DEPLOYER)
    for environment in environments:
        aws = Aws(environment.aws.region)
        _store(aws, environment.github.token_parameter, token)
        for parameter in _operator_parameters(environment):
            _store(aws, parameter, secrets.token_hex(20))
        for approver in environment.approval.approvers:
            _store(aws, approver.code_parameter, new_secret().get_secret_value())
        ensure_repository(aws, environment.aws.repository)
    _offer_archives(environments)
    for head in {head_of_branch(settings, environment) for environment in environments}:
        for environment in environments:
            _push(Aws(environment.aws.region), environment.aws.repository, head)


def _offer_archives(environments: list[Environment]) -> None:
    """Stand-ins for the archives that machines install Neo4j from: here they install it from jars."""
    for environment in environments:
        s3 = Aws(environment.aws.region).s3
        bucket, _, prefix = environment.aws.neo4j_artifacts.removeprefix("s3://").partition("/")
        try:
            s3.head_bucket(Bucket=bucket)
        except s3.exceptions.ClientError:
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        for version in NEO4J_VERSIONS:
            for name in archives_of(version):
                s3.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=f"Neo4j {version}\n".encode())


def _operator_parameters(environment: Environment) -> list[str]:
    return [
        secret.parameter for secret in environment.secrets.values() if secret.source is SecretSource.OPERATOR
    ]


def _store(aws: Aws, parameter: str, value: str) -> None:
    try:
        aws.ssm.put_parameter(Name=parameter, Value=value, Type="SecureString")
    except aws.ssm.exceptions.ParameterAlreadyExists:
        return


def _push(aws: Aws, repository: str, commit: str) -> None:
    try:
        push_image(aws.ecr, repository, commit)
    except aws.ecr.exceptions.ImageTagAlreadyExistsException:
        return
