"""Copies of data volumes, made from their snapshots to look into them, for as long as one needs them.

Each is found again by its tags, so that a run that was killed makes none twice. Only volumes that were made
here are detached or deleted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from models.errors import DeployError, Refused, ServiceUnavailable
from systems.aws.errors import aws_errors, error_code
from systems.aws.newly_made import once_known
from systems.aws.session import Aws
from systems.aws.tags import ROLE_TAG, as_filters, as_tags
from systems.waiting import Pace, Progress, each_once, wait_for

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, VolumeTypeDef

COPY_ROLE = "neo4j-copy"
COPY_DEVICE = "/dev/sdg"

VOLUME_PACE = Pace(deadline_seconds=15 * 60)

_NOT_FOUND = "InvalidVolume.NotFound"


@aws_errors()
def volume_from_snapshot(
    aws: Aws,
    snapshot_id: str,
    beside: str,
    tags: Mapping[str, str],
    on_progress: Progress,
    *,
    pace: Pace = VOLUME_PACE,
) -> str:
    """A new volume with a snapshot's data, in the zone of the instance `beside`; its id.

    The tags must name this volume alone: one that has them already is taken, unless it is being deleted, as
    the one of a failed try still is for a moment.
    """
    marked = {**tags, ROLE_TAG: COPY_ROLE}
    filters: list[FilterTypeDef] = [
        {"Name": "snapshot-id", "Values": [snapshot_id]},
        {"Name": "status", "Values": ["creating", "available", "in-use"]},
        *as_filters(marked),
    ]
    found = aws.ec2.describe_volumes(Filters=filters)["Volumes"]
    volume = found[0]["VolumeId"] if found else _create(aws, snapshot_id, beside, marked)
    _await_state(aws, volume, {"available", "in-use"}, on_progress, pace)
    return volume


def _create(aws: Aws, snapshot_id: str, beside: str, tags: Mapping[str, str]) -> str:
    described = aws.ec2.describe_instances(InstanceIds=[beside])
    zone = described["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    return aws.ec2.create_volume(
        AvailabilityZone=zone,
        SnapshotId=snapshot_id,
        VolumeType="gp3",
        TagSpecifications=[{"ResourceType": "volume", "Tags": as_tags(tags)}],
    )["VolumeId"]


@aws_errors()
def attach_volume(
    aws: Aws, volume_id: str, instance_id: str, on_progress: Progress, *, pace: Pace = VOLUME_PACE
) -> None:
    """Attach a copy to an instance as its second device; attached there already, nothing happens.

    Raises Refused for a volume that is no copy, or is attached to another instance.
    """
    attached = _attachments(_copy(aws, volume_id))
    if attached - {instance_id}:
        raise Refused(
            f"The volume {volume_id} is attached to {', '.join(sorted(attached))}.",
            next_step="Detach it there first.",
        )
    if not attached:
        aws.ec2.attach_volume(VolumeId=volume_id, InstanceId=instance_id, Device=COPY_DEVICE)
    _await_state(aws, volume_id, {"in-use"}, on_progress, pace)


@aws_errors()
def copies_attached(aws: Aws, instance_id: str) -> list[str]:
    """The ids of the copies that are attached to an instance."""
    filters: list[FilterTypeDef] = [
        {"Name": "attachment.instance-id", "Values": [instance_id]},
        *as_filters({ROLE_TAG: COPY_ROLE}),
    ]
    return [each["VolumeId"] for each in aws.ec2.describe_volumes(Filters=filters)["Volumes"]]


@aws_errors()
def detach_volume(aws: Aws, volume_id: str, on_progress: Progress, *, pace: Pace = VOLUME_PACE) -> None:
    """Detach a copy from wherever it is; it must be unmounted. One that is gone or free is left alone.

    Raises Refused for a volume that is no copy.
    """
    if not _exists(aws, volume_id):
        return
    for instance_id in _attachments(_copy(aws, volume_id)):
        aws.ec2.detach_volume(VolumeId=volume_id, InstanceId=instance_id)
    _await_state(aws, volume_id, {"available"}, on_progress, pace)


@aws_errors()
def delete_volume(aws: Aws, volume_id: str) -> None:
    """Delete a copy; one that is gone already is no error. Raises Refused for a volume that is no copy."""
    if _exists(aws, volume_id):
        _copy(aws, volume_id)
        aws.ec2.delete_volume(VolumeId=volume_id)


def _exists(aws: Aws, volume_id: str) -> bool:
    try:
        aws.ec2.describe_volumes(VolumeIds=[volume_id])
    except ClientError as error:
        if error_code(error) == _NOT_FOUND:
            return False
        raise
    return True


def _copy(aws: Aws, volume_id: str) -> VolumeTypeDef:
    """A volume that was made here. Nothing else may be taken from its machine."""
    volume = aws.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    tags = {tag["Key"]: tag["Value"] for tag in volume.get("Tags", [])}
    if tags.get(ROLE_TAG) != COPY_ROLE:
        raise Refused(
            f"The volume {volume_id} is not a copy that was made to look into a snapshot.",
            next_step="Data volumes are changed by Terraform alone.",
        )
    return volume


def _attachments(volume: VolumeTypeDef) -> set[str]:
    return {each["InstanceId"] for each in volume.get("Attachments", []) if each["State"] != "detached"}


def _await_state(aws: Aws, volume_id: str, wanted: set[str], on_progress: Progress, pace: Pace) -> None:
    tell = each_once(on_progress)

    def look() -> bool | None:
        volume = aws.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        states = [volume["State"], *(each["State"] for each in volume.get("Attachments", []))]
        tell(f"Volume {volume_id}: {', '.join(states)}")
        if volume["State"] == "error":
            raise DeployError(f"The volume {volume_id} has failed.", next_step="Delete it and try again.")
        return (volume["State"] in wanted and not {"attaching", "detaching", "busy"} & {*states}) or None

    if wait_for(once_known(look, _NOT_FOUND, pace), pace) is None:
        raise ServiceUnavailable(
            f"The volume {volume_id} was not {' or '.join(sorted(wanted))} within "
            f"{pace.deadline_seconds:.0f} s.",
            next_step="Look at it in EC2, then try again.",
        )
