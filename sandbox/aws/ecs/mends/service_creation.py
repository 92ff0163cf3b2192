"""A service keeps all it was created with; moto drops some of it, and replaces one of the same name."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.aws.ecs.deployments import open_deployment
from sandbox.aws.ecs.mends.probe_service import make_service, remove_service
from sandbox.aws.mends.mend import Clients, Mend, Seam

KEPT: dict[str, tuple[str, Any]] = {
    "deploymentConfiguration": ("deployment_configuration", {}),
    "healthCheckGracePeriodSeconds": ("health_check_grace_period_seconds", 0),
    "enableExecuteCommand": ("enable_execute_command", False),
    "enableECSManagedTags": ("enable_ecs_managed_tags", False),
    "availabilityZoneRebalancing": ("availability_zone_rebalancing", "DISABLED"),
    "capacityProviderStrategy": ("capacity_provider_strategy", None),
    "placementConstraints": ("placement_constraints", []),
    "placementStrategy": ("placement_strategy", []),
}
"""Parameter of CreateService: attribute of moto's service that is described, and AWS's default."""

_ROLLING = {
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}

_stock_create = EC2ContainerServiceResponse.create_service


def _patch() -> None:
    EC2ContainerServiceResponse.create_service = _create_service  # type: ignore[method-assign]


def _create_service(self: EC2ContainerServiceResponse) -> ActionResult:
    cluster = str(self._get_param("cluster", "default")).rsplit("/", 1)[-1]
    key = f"{cluster}:{self._get_param('serviceName')}"
    present = self.ecs_backend.services.get(key)
    if present is not None and present.status != "INACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    result = _stock_create(self)
    service = self.ecs_backend.services[key]
    _keep(service, {name: self._get_param(name) for name in KEPT})
    return result


def _keep(service: Service, given: dict[str, Any]) -> None:
    attributes = {
        attribute: default if given[name] is None else given[name]
        for name, (attribute, default) in KEPT.items()
    }
    attributes["deployment_configuration"] = {**_ROLLING, **attributes["deployment_configuration"]}
    vars(service).update(attributes)
    service.running_count = service.pending_count = 0
    if service.deployment_controller["type"] == "ECS":
        service.deployments = []
        open_deployment(service)


def _is_needed(clients: Clients) -> bool:
    wanted: dict[str, Any] = {
        "healthCheckGracePeriodSeconds": 7,
        "enableExecuteCommand": True,
        "enableECSManagedTags": True,
        "availabilityZoneRebalancing": "ENABLED",
        "deploymentConfiguration": {
            "maximumPercent": 150,
            "minimumHealthyPercent": 50,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    }
    service = make_service(clients, "probe-creation", **wanted)
    try:
        make_service(clients, "probe-creation")
    except ClientError:
        refused = True
    else:
        refused = False
    remove_service(clients, "probe-creation")
    return not refused or any(service.get(name) != value for name, value in wanted.items())


MEND = Mend(
    name="service-creation",
    wrong="CreateService forgets grace period, circuit breaker and more, and replaces a namesake.",
    seams=(
        Seam(EC2ContainerServiceResponse, "create_service", "61d328f884dc"),
        Seam(EC2ContainerServiceBackend, "create_service", "ecba80299ad6"),
        Seam(Service, "__init__", "7161189d16b2"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
