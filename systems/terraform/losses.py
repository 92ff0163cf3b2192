"""What a change would cost that its action does not tell: protection, access, data. Pure.

Clauses for people, without values that might be secret: address ranges and ports are told unless they are
marked sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.plan import Loss, Weakening, top_level
from systems.terraform.access import wider_access
from systems.terraform.bucket_policy import opened_policy
from systems.terraform.expiry import shorter_life
from systems.terraform.paths import true_paths
from systems.terraform.plan_json import Change, Resource
from systems.terraform.safeguards import SAFEGUARDS

_TELLING = frozenset(
    {"ingress", "cidr_blocks", "cidr_ipv4", "cidr_ipv6", "ipv6_cidr_blocks", "from_port", "to_port"}
)

_OWN_DISK = Weakening(
    loss=Loss.DATA, what="no data volume is attached to it, so that what it holds goes with its own disk"
)


def losses(resource_type: str, change: Change) -> list[Weakening]:
    """What of a resource is protected less, or open to more, after a change that leaves it in being."""
    before, after = change.before, change.known_after
    found = [
        *wider_access(resource_type, before, after),
        *opened_policy(resource_type, before, after),
        *shorter_life(resource_type, before, after),
    ]
    if isinstance(before, dict) and isinstance(after, dict):
        rules = SAFEGUARDS.get(resource_type, ())
        found += [loss for rule in rules if (loss := rule.weakening(before, after)) is not None]
    return [_untold(loss) for loss in found] if _hides(change) else found


def data_on_own_disk(resource: Resource, resources: Iterable[Resource]) -> list[Weakening]:
    """What is lost when a machine is destroyed and created anew that has no volume attached which stays."""
    if resource.type != "aws_instance" or not isinstance(resource.change.before, dict):
        return []
    attached = {
        other.change.before.get("instance_id")
        for other in resources
        if other.type == "aws_volume_attachment"
        and isinstance(other.change.before, dict)
        and other.change.after is not None
    }
    return [] if resource.change.before.get("id") in attached else [_OWN_DISK]


def _hides(change: Change) -> bool:
    hidden = [*true_paths(change.before_sensitive), *true_paths(change.after_sensitive)]
    return any(top_level(path) in _TELLING for path in hidden)


def _untold(loss: Weakening) -> Weakening:
    if loss.loss not in {Loss.ACCESS, Loss.PUBLIC_ACCESS}:
        return loss
    return loss.model_copy(update={"what": "it lets more in, by rules that are marked as secret"})
