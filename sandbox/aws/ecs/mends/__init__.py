"""Corrections of moto's ECS and of the ECR that its images come from, one module each."""

from __future__ import annotations

from sandbox.aws.ecs.mends import (
    image_digests,
    interface_names,
    service_creation,
    service_deletion,
    service_update,
    task_listing,
    task_stop,
    task_transitions,
)

MENDS = (
    image_digests.MEND,
    interface_names.MEND,
    service_creation.MEND,
    service_deletion.MEND,
    service_update.MEND,
    task_listing.MEND,
    task_stop.MEND,
    task_transitions.MEND,
)
