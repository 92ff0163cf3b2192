"""A deleted service drains its tasks before it is inactive and unlisted; moto has it inactive at once."""

from __future__ import annotations

from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service

from sandbox.aws.ecs.mends.probe_service import make_service, remove_service
from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_list = EC2ContainerServiceBackend.list_services


def _patch() -> None:
    EC2ContainerServiceBackend.delete_service = _delete_service  # type: ignore[method-assign]
    EC2ContainerServiceBackend.list_services = _list_services  # type: ignore[method-assign]


def _delete_service(
    self: EC2ContainerServiceBackend, cluster_name: str, service_name: str, force: bool
) -> Service:
    service = self._get_service(cluster_name, service_name)
    if service.status == "ACTIVE":
        if service.desired_count > 0 and not force:
            raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
        service.desired_count = 0
        service.status = "DRAINING"
    return service


def _list_services(
    self: EC2ContainerServiceBackend,
    cluster_str: str,
    scheduling_strategy: str | None = None,
    launch_type: str | None = None,
) -> list[str]:
    listed = _stock_list(self, cluster_str, scheduling_strategy, launch_type)
    inactive = {service.arn for service in self.services.values() if service.status == "INACTIVE"}
    return [arn for arn in listed if arn not in inactive]


def _is_needed(clients: Clients) -> bool:
    make_service(clients, "probe-deletion")
    return bool(remove_service(clients, "probe-deletion")["status"] != "DRAINING")


MEND = Mend(
    name="service-deletion",
    wrong="A deleted service is inactive at once, whatever still runs, and is listed for ever.",
    seams=(
        Seam(EC2ContainerServiceBackend, "delete_service", "02935357c01c"),
        Seam(EC2ContainerServiceBackend, "list_services", "f6f4f2c046b4"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
