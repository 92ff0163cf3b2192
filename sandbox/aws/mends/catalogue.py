"""All mends but those of ECS and of the load balancers' data path, which stand beside their simulations."""

from __future__ import annotations

from sandbox.aws.mends import (
    autoscaling_tags,
    bucket_events,
    command_dispatch,
    deletion_protection,
    instance_monitoring,
    instance_security_groups,
    key_rotation,
    lifecycle_rules,
    managed_instances,
    object_checksums,
    policy_conditions,
    private_address_release,
    rule_descriptions,
    secure_strings,
    snapshot_progress,
    termination_protection,
    user_data_change,
)

MENDS = (
    autoscaling_tags.MEND,
    bucket_events.MEND,
    command_dispatch.MEND,
    deletion_protection.MEND,
    instance_monitoring.MEND,
    instance_security_groups.MEND,
    key_rotation.MEND,
    lifecycle_rules.MEND,
    managed_instances.MEND,
    object_checksums.MEND,
    policy_conditions.MEND,
    private_address_release.MEND,
    rule_descriptions.MEND,
    secure_strings.MEND,
    snapshot_progress.MEND,
    termination_protection.MEND,
    user_data_change.MEND,
)
