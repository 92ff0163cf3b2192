"""Starts a service's tasks anew, so that they read their configuration again."""

from __future__ import annotations

from models.errors import Refused
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


@aws_errors()
def restart_tasks(aws: Aws, cluster: str, service: str) -> None:
    """Have ECS roll out the present task definition once more; Terraform sees no difference.

    Raises Refused when the service is not there.
    """
    try:
        aws.ecs.update_service(cluster=cluster, service=service, forceNewDeployment=True)
    except (
        aws.ecs.exceptions.ServiceNotFoundException,
        aws.ecs.exceptions.ClusterNotFoundException,
    ) as error:
        raise Refused(
            f"There is no ECS service {service} to restart.",
            next_step="Run the initial-deployment scenario, or check Terraform's outputs.",
        ) from error
