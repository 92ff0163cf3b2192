"""What each scenario's plan may change: the tables behind the guard."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.names import Scenario, Slot
from models.plan import Action, ResourceChange
from models.slots import slot_of

LABELS = frozenset({"tags", "tags_all"})
"""Attributes that are no more than labels, whatever the resource."""

MEANINGFUL_TAG = '["credex:'
"""Tags that say what a database's machine is to be: a change of them is no change of a label."""

TAINTED = "replace_because_tainted"
"""Terraform's word for a resource whose creation failed half way."""


@dataclass(frozen=True)
class Allowance:
    """Matches changes that a scenario may make.

    `types` None means every resource that is not protected, and with `protected_too` every one; `attributes`
    None means any. `cause` is Terraform's word for why, where that matters; `deposed` means only old objects
    that a replacement left behind; `keeps` are members that stay as they are, at any depth: the image.
    `standby` means only what belongs to the slot that is not live.
    """

    actions: frozenset[Action]
    types: frozenset[str] | None = None
    attributes: frozenset[str] | None = None
    cause: str | None = None
    deposed: bool = False
    protected_too: bool = False
    keeps: frozenset[str] = frozenset()
    standby: bool = False

    def matches(self, change: ResourceChange, *, protected: bool, standby: Slot | None = None) -> bool:
        """Whether this change, moved or not, is among those allowed; `standby` is the slot not live."""
        unnamed = self.types is None and (self.protected_too or not protected)
        named = self.types is not None and change.type in self.types
        return (
            (named or unnamed)
            and change.action in self.actions
            and (self.attributes is None or change.changes_only(self.attributes))
            and (self.cause is None or change.cause == self.cause)
            and (not self.deposed or change.deposed is not None)
            and (not self.standby or (standby is not None and slot_of(change.address) is standby))
            and not any(path.rpartition(".")[2] in self.keeps for path in change.attributes)
        )


def _may(*actions: Action) -> frozenset[Action]:
    return frozenset(actions)


def _types(*types: str) -> frozenset[str]:
    return frozenset(types)


_SERVICE = _types("aws_ecs_service")
_TASK_DEFINITION = _types("aws_ecs_task_definition")
_DATABASE_MACHINE = _types("aws_instance", "aws_volume_attachment")

_COUNT = Allowance(_may(Action.UPDATE), _SERVICE, frozenset({"desired_count"}))

_REVISION = Allowance(_may(Action.CREATE, Action.REPLACE), _TASK_DEFINITION)
"""A new revision of the task definition, which Terraform calls a replacement."""

_OLD_REVISION = Allowance(_may(Action.DELETE), _TASK_DEFINITION, deposed=True)

_APPLICATION = (_REVISION, _OLD_REVISION, Allowance(_may(Action.UPDATE), _SERVICE))

_PARAMETERS = Allowance(
    _may(Action.CREATE, Action.UPDATE),
    _types("aws_ssm_parameter", "aws_secretsmanager_secret", "aws_secretsmanager_secret_version"),
)

_CONFIGURATION = (
    _PARAMETERS,
    replace(_REVISION, keeps=frozenset({"image"})),
    _OLD_REVISION,
    Allowance(_may(Action.UPDATE), _SERVICE, frozenset({"task_definition"})),
)
"""The same image with other values: Bolt URLs are among them."""

_FOLLOWS_A_MACHINE = (
    Allowance(
        _may(Action.UPDATE),
        _types(
            "aws_cloudwatch_dashboard",
            "aws_cloudwatch_metric_alarm",
            "aws_route",
            "aws_route53_record",
            "aws_service_discovery_instance",
        ),
    ),
    Allowance(
        _may(Action.CREATE, Action.UPDATE, Action.REPLACE),
        _types("aws_eip_association", "aws_lb_target_group_attachment"),
    ),
)
"""What names a machine by its id or address, and so changes with it."""

_NEO4J_CHANGE = (
    Allowance(_may(Action.UPDATE), _types("aws_instance")),
    # A machine that an interrupted apply destroyed is created by the next one.
    Allowance(_may(Action.CREATE, Action.REPLACE), _DATABASE_MACHINE),
    Allowance(_may(Action.UPDATE), _types("aws_ebs_volume"), LABELS | {"size", "type", "iops", "throughput"}),
    *_FOLLOWS_A_MACHINE,
    *_CONFIGURATION,
)

_OF_A_SLOT = _types(
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_ebs_volume",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_iam_instance_profile",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_instance",
    "aws_volume_attachment",
)
"""All that a slot has of its own: databases with what they need, and a service."""

_ALARMS = Allowance(_may(Action.UPDATE), _types("aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm"))
"""They name what they watch, and so follow it."""

SWITCH = (Allowance(_may(Action.UPDATE), _types("aws_lb_listener"), frozenset({"default_action"})), _ALARMS)
"""Which slot gets the clients' requests, and nothing else."""

_STANDBY_UP = (
    Allowance(_may(Action.CREATE), _OF_A_SLOT, protected_too=True, standby=True),
    # What an interrupted apply made half way, in a slot that nobody uses yet.
    Allowance(_may(Action.REPLACE), _OF_A_SLOT, cause=TAINTED, standby=True),
    _ALARMS,
)

STANDBY_START = (replace(_COUNT, standby=True),)
"""The step of a migration that starts the new slot's tasks, once its databases hold the data."""

_STANDBY_DOWN = (
    Allowance(_may(Action.DELETE), _OF_A_SLOT, standby=True),
    _OLD_REVISION,
    _ALARMS,
)

_SETTINGS = (
    Allowance(
        _may(Action.UPDATE),
        _types(
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_object_lock_configuration",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
        ),
    ),
    Allowance(_may(Action.UPDATE), _types("aws_s3_bucket_policy"), frozenset({"policy"})),
    Allowance(_may(Action.UPDATE), _types("aws_s3_bucket"), LABELS | {"force_destroy"}),
    Allowance(
        _may(Action.UPDATE),
        _types("aws_ecr_repository"),
        LABELS | {"image_tag_mutability", "image_scanning_configuration", "force_delete"},
    ),
    Allowance(
        _may(Action.UPDATE),
        _types("aws_kms_key"),
        LABELS | {"enable_key_rotation", "rotation_period_in_days", "deletion_window_in_days", "description"},
    ),
)
"""Protection that may become stronger; what makes it weaker is refused besides."""

ALLOWED: dict[Scenario, tuple[Allowance, ...]] = {
    Scenario.SCALING: (_COUNT,),
    Scenario.SWITCH_BACK: SWITCH,
    Scenario.APPLICATION_DEPLOYMENT: _APPLICATION,
    Scenario.HOTFIX: _APPLICATION,
    Scenario.ROLLBACK: _APPLICATION,
    Scenario.CONFIGURATION: _CONFIGURATION,
    Scenario.NEO4J_CHANGE: _NEO4J_CHANGE,
    Scenario.MIGRATION: (*_STANDBY_UP, *_APPLICATION),
    Scenario.RETIREMENT: _STANDBY_DOWN,
    Scenario.INITIAL_DEPLOYMENT: (
        Allowance(_may(Action.CREATE, Action.IMPORT), protected_too=True),
        Allowance(_may(Action.UPDATE, Action.MOVE)),
        Allowance(_may(Action.REPLACE), cause=TAINTED),
        Allowance(_may(Action.DELETE), deposed=True),
        *_SETTINGS,
        *_APPLICATION,
    ),
}
"""What each scenario may do, in the order in which a refusal names the one that may: the narrowest first. A
scenario that is not here may change nothing."""

MAY_LABEL = frozenset(ALLOWED) - {Scenario.SCALING, Scenario.SWITCH_BACK, Scenario.RETIREMENT}
"""Scenarios that may give a protected resource other tags: the others change one thing and nothing else."""

FIRST_BUILD = (
    Allowance(
        _may(Action.UPDATE), _types("aws_kms_key", "aws_kms_alias", "aws_s3_bucket", "aws_ecr_repository")
    ),
    Allowance(_may(Action.REPLACE), _DATABASE_MACHINE, cause=TAINTED),
)
"""What an initial deployment may do besides while nothing was ever deployed: finish what an interrupted one
had adopted, and make anew the machines that it made half way. Their volumes stay protected."""

ROLLOUT = (_COUNT,)
"""The second step of the initial deployment: only the number of tasks."""

_ROLLOUT_OF_AN_IMAGE = frozenset({"task_definition"})

ORDINARY: dict[Scenario, dict[str, frozenset[str]]] = {
    Scenario.APPLICATION_DEPLOYMENT: {"aws_ecs_service": _ROLLOUT_OF_AN_IMAGE},
    Scenario.HOTFIX: {"aws_ecs_service": _ROLLOUT_OF_AN_IMAGE},
    Scenario.MIGRATION: {"aws_ecs_service": _ROLLOUT_OF_AN_IMAGE},
    Scenario.ROLLBACK: {"aws_ecs_service": _ROLLOUT_OF_AN_IMAGE | {"desired_count"}},
    Scenario.NEO4J_CHANGE: {
        "aws_instance": LABELS
        | {"instance_type", "private_ip", "user_data", "user_data_base64"}
        # EC2 gives other names and addresses to a machine that was stopped.
        | {"public_dns", "public_ip", "private_dns"},
    },
}
"""What changes each time in these scenarios; anything else about such a resource is worth a look."""
