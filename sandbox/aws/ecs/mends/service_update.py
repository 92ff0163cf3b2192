"""Updating a service opens a deployment; moto says at once that as many tasks run as are desired.

A new task definition, network or load balancer opens one, and so does forceNewDeployment; a new desired count
alone does not.
"""

from __future__ import annotations

from typing import Any

from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, Service

from sandbox.aws.ecs.deployments import open_deployment
from sandbox.aws.ecs.mends.probe_service import NAME, make_service, register_revision, remove_service
from sandbox.aws.mends.mend import Clients, Mend, Seam

_OPENING = {
    "task_definition",
    "load_balancers",
    "network_configuration",
    "platform_version",
    "service_registries",
}


def _patch() -> None:
    EC2ContainerServiceBackend.update_service = _update_service  # type: ignore[method-assign]


def _update_service(self: EC2ContainerServiceBackend, service_properties: dict[str, Any]) -> Service:
    properties = {name: value for name, value in service_properties.items() if value is not None}
    name = str(properties.pop("service"))
    service = self._get_service(properties.pop("cluster", "default"), name.rsplit("/", 1)[-1])
    if service.status != "ACTIVE":
        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    if "task_definition" in properties:
        properties["task_definition"] = self.describe_task_definition(properties["task_definition"]).arn
    opens = bool(properties.pop("force_new_deployment", False)) or any(
        name in _OPENING and getattr(service, name, None) != value for name, value in properties.items()
    )
    if "deployment_configuration" in properties:
        known = vars(service).get("deployment_configuration") or {}
        properties["deployment_configuration"] = {**known, **properties["deployment_configuration"]}
    vars(service).update(properties)
    if opens:
        open_deployment(service)
    return service


def _is_needed(clients: Clients) -> bool:
    make_service(clients, "probe-update")
    update = {"cluster": "probe-update", "service": NAME, "desiredCount": 2}
    service = clients("ecs").update_service(**update, taskDefinition=register_revision(clients))["service"]
    clients("ecs").update_service(cluster="probe-update", service=NAME, desiredCount=0)
    remove_service(clients, "probe-update")
    return bool(service["runningCount"] == 2 or service["deployments"][0]["rolloutState"] == "COMPLETED")


MEND = Mend(
    name="service-update",
    wrong="UpdateService rolls nothing out: the desired count runs at once, and no deployment is opened.",
    seams=(Seam(EC2ContainerServiceBackend, "update_service", "67910723b60a"),),
    patch=_patch,
    is_needed=_is_needed,
)
