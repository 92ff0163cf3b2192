"""A load balancer with deletion protection is not deleted; moto ignores the attribute."""

from __future__ import annotations

from botocore.exceptions import ClientError
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend

from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network

_ATTRIBUTE = "deletion_protection.enabled"

_stock_delete = ELBv2Backend.delete_load_balancer


def _patch() -> None:
    ELBv2Backend.delete_load_balancer = _delete_load_balancer  # type: ignore[method-assign]


def _delete_load_balancer(self: ELBv2Backend, arn: str) -> None:
    balancer = self.load_balancers.get(arn)
    if balancer is not None and str(balancer.attrs.get(_ATTRIBUTE)).lower() == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    _stock_delete(self, arn)


def _is_needed(clients: Clients) -> bool:
    elb = clients("elbv2")
    network = make_network(clients)
    reply = elb.create_load_balancer(Name="probe", Subnets=[network.subnet], Scheme="internal")
    arn = reply["LoadBalancers"][0]["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": _ATTRIBUTE, "Value": "true"}]
    )
    try:
        elb.delete_load_balancer(LoadBalancerArn=arn)
    except ClientError as error:
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=[{"Key": _ATTRIBUTE, "Value": "false"}]
        )
        elb.delete_load_balancer(LoadBalancerArn=arn)
        return error.response["Error"]["Code"] != "OperationNotPermitted"
    return True


MEND = Mend(
    name="deletion-protection",
    wrong="A load balancer is deleted in spite of its deletion protection.",
    seams=(Seam(ELBv2Backend, "delete_load_balancer", "575862696f05"),),
    patch=_patch,
    is_needed=_is_needed,
)
