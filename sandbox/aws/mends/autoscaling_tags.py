"""Scalable targets carry tags; moto's Application Auto Scaling has none, and Terraform tags everything."""

from __future__ import annotations

import json

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from sandbox.aws.mends.mend import CALL_FAILED, Clients, Mend, Seam

_stock_register = ApplicationAutoScalingResponse.register_scalable_target


def _patch() -> None:
    response = ApplicationAutoScalingResponse
    response.register_scalable_target = _register_scalable_target  # type: ignore[method-assign]
    response.list_tags_for_resource = _list_tags_for_resource  # type: ignore[attr-defined]
    response.tag_resource = _tag_resource  # type: ignore[attr-defined]
    response.untag_resource = _untag_resource  # type: ignore[attr-defined]


def _tags(backend: ApplicationAutoscalingBackend, arn: str) -> dict[str, str]:
    by_arn: dict[str, dict[str, str]] = backend.__dict__.setdefault("tags_by_arn", {})
    return by_arn.setdefault(arn, {})


def _register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
    answer = _stock_register(self)
    arn = json.loads(answer)["ScalableTargetARN"]
    _tags(self.applicationautoscaling_backend, arn).update(self._get_param("Tags") or {})
    return answer


def _list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": _tags(self.applicationautoscaling_backend, self._get_param("ResourceARN"))})


def _tag_resource(self: ApplicationAutoScalingResponse) -> str:
    tags = _tags(self.applicationautoscaling_backend, self._get_param("ResourceARN"))
    tags.update(self._get_param("Tags"))
    return "{}"


def _untag_resource(self: ApplicationAutoScalingResponse) -> str:
    tags = _tags(self.applicationautoscaling_backend, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


def _is_needed(clients: Clients) -> bool:
    scaling = clients("application-autoscaling")
    arn = scaling.register_scalable_target(
        ServiceNamespace="dynamodb",
        ResourceId="table/probe",
        ScalableDimension="dynamodb:table:ReadCapacityUnits",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"of": "probe"},
    ).get("ScalableTargetARN")
    try:
        return bool(scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] != {"of": "probe"})
    except CALL_FAILED:
        return True


MEND = Mend(
    name="autoscaling-tags",
    wrong="Scalable targets have no tags.",
    seams=(
        Seam(ApplicationAutoScalingResponse, "register_scalable_target", "47d20f4695be"),
        Seam(ApplicationAutoScalingResponse, "list_tags_for_resource", None),
        Seam(ApplicationAutoScalingResponse, "tag_resource", None),
        Seam(ApplicationAutoScalingResponse, "untag_resource", None),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
