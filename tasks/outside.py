"""Tells a service outside that an environment is looked after: it is there when nothing of ours is."""

from __future__ import annotations

from prefect import get_run_logger

from models.environment import Environment
from models.errors import DeployError
from systems.aws.parameters import read_parameters
from systems.aws.session import Aws
from systems.heartbeat_service import ping
from systems.redaction import remember_secrets
from tasks.steps import look


@look("Tell the service outside that checks look")
def tell_outside(environment: Environment, parameter: str) -> str | None:
    """Request the address in this SSM parameter; gives, and logs, why that did not work."""
    try:
        address = read_parameters(Aws(environment.aws.region), [parameter])[parameter]
    except DeployError as error:
        problem: str | None = f"cannot be read: {error.problem.rstrip('.')}"
    else:
        remember_secrets([address.get_secret_value()])
        problem = ping(address)
    if problem:
        get_run_logger().warning("The service outside does not know that checks look: it %s.", problem)
    return problem
