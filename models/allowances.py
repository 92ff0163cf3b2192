"""What each scenario may change, and what is protected from all others: the tables behind the guard."""

from __future__ import annotations

from dataclasses import dataclass

from models.names import Scenario
from models.plan import Action, ResourceChange


@dataclass(frozen=True)
class Protected:
    """A type that holds data or protects it: what is lost with it, and the scenario that may change it."""

    loss: str
    scenario: Scenario | None = None


_BUCKET = Protected("what keeps the state, the releases or the backups")
_DATABASE = Scenario.NEO4J_CHANGE

PROTECTED_TYPES: dict[str, Protected] = {
    "aws_instance": Protected("a database's machine", _DATABASE),
    "aws_ebs_volume": Protected("a database's data", _DATABASE),
    "aws_volume_attachment": Protected("the data volume of a database", _DATABASE),
    "aws_ebs_snapshot": Protected("a backup of a database"),
    "aws_s3_bucket": _BUCKET,
    "aws_s3_bucket_versioning": Protected("the earlier versions of a bucket's objects"),
    "aws_s3_bucket_public_access_block": Protected("what keeps a bucket closed to the public"),
    "aws_s3_bucket_server_side_encryption_configuration": Protected("a bucket's encryption"),
    "aws_s3_bucket_lifecycle_configuration": Protected("how long a bucket keeps its objects"),
    "aws_s3_bucket_object_lock_configuration": Protected("the lock on a bucket's objects"),
    "aws_s3_bucket_policy": Protected("who may read and write a bucket"),
    "aws_s3_bucket_acl": Protected("who may read and write a bucket"),
    "aws_s3_bucket_ownership_controls": Protected("who owns a bucket's objects"),
    "aws_kms_key_policy": Protected("who may use the key of all encrypted data"),
    "aws_kms_alias": Protected("the name under which the key of all encrypted data is found"),
    "aws_kms_key": Protected("the key that all encrypted data needs"),
    "aws_ecr_repository": Protected("the images that a rollback needs"),
}
"""Resources that hold data or protect it. They may be created; all else needs a scenario that names them."""

APPLICATION_TYPES = frozenset({"aws_ecs_task_definition", "aws_ecs_service"})
"""What an application deployment consists of."""

LABELS = frozenset({"tags", "tags_all"})
"""Attributes that are no more than labels, whatever the resource."""

MEANINGFUL_TAG = '["credex:'
"""Tags that say what a database's machine is to be: a change of them is no change of a label."""

TAINTED = "replace_because_tainted"
"""Terraform's word for a resource whose creation failed half way."""


@dataclass(frozen=True)
class Allowance:
    """Matches changes that a scenario may make.

    `types` None means every type that is not protected; `attributes` None means any. `cause` is Terraform's
    word for why, where that matters; `deposed` means only old objects that a replacement left behind.
    """

    actions: frozenset[Action]
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    cause: str | None = None
    deposed: bool = False

    def matches(self, change: ResourceChange) -> bool:
        """Whether this change, moved or not, is among those allowed."""
        named = change.type not in PROTECTED_TYPES if self.types is None else change.type in self.types
        return (
            named
            and change.action in self.actions
            and (self.attributes is None or change.changes_only(self.attributes))
            and (self.cause is None or change.cause == self.cause)
            and (not self.deposed or change.deposed is not None)
        )


def _may(*actions: Action) -> frozenset[Action]:
    return frozenset(actions)


_EVERY_TYPE = frozenset(PROTECTED_TYPES)
_TASK_DEFINITION = frozenset({"aws_ecs_task_definition"})
_SERVICE = frozenset({"aws_ecs_service"})

_APPLICATION = (
    Allowance(_may(Action.CREATE, Action.REPLACE), _TASK_DEFINITION),
    Allowance(_may(Action.DELETE), _TASK_DEFINITION, deposed=True),
    Allowance(_may(Action.UPDATE), _SERVICE),
)

_COUNT = (Allowance(_may(Action.UPDATE), _SERVICE, frozenset({"desired_count"})),)

ALLOWED: dict[Scenario, tuple[Allowance, ...]] = {
    Scenario.INITIAL_DEPLOYMENT: (
        Allowance(_may(Action.CREATE, Action.IMPORT)),
        Allowance(_may(Action.CREATE, Action.IMPORT), _EVERY_TYPE),
        Allowance(_may(Action.UPDATE, Action.MOVE)),
        Allowance(_may(Action.REPLACE), cause=TAINTED),
        Allowance(_may(Action.DELETE), deposed=True),
        *_APPLICATION,
    ),
    Scenario.APPLICATION_DEPLOYMENT: _APPLICATION,
    Scenario.HOTFIX: _APPLICATION,
    Scenario.SCALING: _COUNT,
    Scenario.CONFIGURATION: _APPLICATION,
}
"""What each scenario may do. A scenario that is not here may change nothing."""

FIRST_BUILD = (
    Allowance(
        _may(Action.UPDATE),
        frozenset({"aws_kms_key", "aws_kms_alias", "aws_s3_bucket", "aws_ecr_repository"}),
    ),
    Allowance(_may(Action.REPLACE), frozenset({"aws_instance", "aws_volume_attachment"}), cause=TAINTED),
)
"""What an initial deployment may do besides while nothing was ever deployed: finish what an interrupted one
had adopted, and make anew the machines that it made half way. Their volumes stay protected."""

ROLLOUT = _COUNT
"""The second step of the initial deployment: only the number of tasks."""

ORDINARY = {
    Scenario.APPLICATION_DEPLOYMENT: frozenset({"task_definition"}),
    Scenario.HOTFIX: frozenset({"task_definition"}),
}
"""What changes of the service each time in these scenarios; anything else about it is worth a look."""
