"""A security group rule keeps its description whatever its source is.

Moto keeps it for address ranges only: a rule whose source is another group or a prefix list loses it, and
Terraform wants to write it for ever.
"""

from __future__ import annotations

import inspect
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network

_stock_init = SecurityGroupRule.__init__
_signature = inspect.signature(_stock_init)


def _patch() -> None:
    SecurityGroupRule.__init__ = _init  # type: ignore[method-assign]
    SecurityGroupRule.description = property(_description)  # type: ignore[assignment, method-assign]


def _init(self: SecurityGroupRule, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - as moto's
    _stock_init(self, *arguments, **settings)
    given = _signature.bind(self, *arguments, **settings).arguments
    self.__dict__["prefix_list_description"] = (given.get("prefix_list_id") or {}).get("Description")


def _description(self: SecurityGroupRule) -> str | None:
    of_group = self.source_group.get("Description")
    return self.ip_range.get("Description") or of_group or self.__dict__.get("prefix_list_description")


def _is_needed(clients: Clients) -> bool:
    network = make_network(clients)
    source = {"GroupId": network.group, "Description": "from the application"}
    permission = {"IpProtocol": "tcp", "FromPort": 7687, "ToPort": 7687, "UserIdGroupPairs": [source]}
    reply = clients("ec2").authorize_security_group_ingress(GroupId=network.group, IpPermissions=[permission])
    return bool(reply["SecurityGroupRules"][0].get("Description") != source["Description"])


MEND = Mend(
    name="rule-descriptions",
    wrong="A security group rule with another group as its source loses its description.",
    seams=(
        Seam(SecurityGroupRule, "__init__", "883af0d5f843"),
        Seam(SecurityGroupRule, "description", "d7622595c404"),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
