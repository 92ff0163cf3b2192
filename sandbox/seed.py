"""What operators and the application's CI have done before the first deployment.

All by the front doors, and safe to run again: what is there stays as it is.
"""

from __future__ import annotations

import secrets

from models.environment import Environment, SecretSource
from sandbox.environments import read_environments
from sandbox.pushing import head_of_branch, push_image_everywhere
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, read_or_make_token
from systems.aws.bootstrap import ensure_repository
from systems.aws.session import Aws


def seed(settings: SandboxSettings) -> None:
    """Store what operators know, and push an image of every branch's newest commit."""
    environments = read_environments(settings)
    token = read_or_make_token(settings.home, DEPLOYER)
    for environment in environments:
        aws = Aws(environment.aws.region)
        _store(aws, environment.github.token_parameter, token)
        for parameter in _operator_parameters(environment):
            _store(aws, parameter, secrets.token_hex(20))
        ensure_repository(aws, environment.aws.repository)
    for environment in environments:
        push_image_everywhere(settings, head_of_branch(settings, environment))


def _operator_parameters(environment: Environment) -> list[str]:
    return [
        secret.parameter for secret in environment.secrets.values() if secret.source is SecretSource.OPERATOR
    ]


def _store(aws: Aws, parameter: str, value: str) -> None:
    try:
        aws.ssm.put_parameter(Name=parameter, Value=value, Type="SecureString")
    except aws.ssm.exceptions.ParameterAlreadyExists:
        return
