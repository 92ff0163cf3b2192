"""What a container is made of: its image from ECR, its environment with secrets from SSM, its log stream.

Secret values go into the environment of the container's process and nowhere else. Hold `LOCK` while calling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ecs.models import TaskDefinition
from moto.ssm.exceptions import ParameterVersionNotFound

from sandbox.aws.backends import REGION, ecr, ssm
from sandbox.aws.ecs.log_streams import LogStream, open_log_stream
from sandbox.images import BEHAVIOUR, REVISION

DEFAULT_STOP_SECONDS = 30.0

_IMAGE = re.compile(
    r"(?P<registry>[^/]+)/(?P<repository>[^@:]+)(?:@(?P<digest>sha256:\w+)|:(?P<tag>[\w.-]+))?$"
)


class TaskFailedToStart(Exception):
    """A task cannot start; the text is the stopped reason in AWS's words."""


@dataclass(frozen=True)
class Container:
    """Everything needed to start the first container of a task definition."""

    name: str
    image_digest: str
    port: int | None
    stop_seconds: float
    log_stream: LogStream | None
    environment: Mapping[str, str] = field(repr=False)


def prepare_container(definition: TaskDefinition, task_id: str) -> Container:
    """Pull the image, fetch the secrets and open the log stream.

    Raises:
        TaskFailedToStart: the image is not in ECR, or a secret or the log group is missing.

    """
    described: Mapping[str, Any] = definition.container_definitions[0]
    image = _pull(str(described["image"]))
    environment = {entry["name"]: entry["value"] for entry in described.get("environment") or []}
    environment |= _secrets(described.get("secrets") or [])
    environment |= {
        "IMAGE_COMMIT": image.commit,
        "IMAGE_DIGEST": image.digest,
        "IMAGE_BEHAVIOUR": image.behaviour,
        "TASK_ID": task_id,
        "AWS_REGION": REGION,
    }
    ports = described.get("portMappings") or []
    return Container(
        name=str(described["name"]),
        image_digest=image.digest,
        port=int(ports[0]["containerPort"]) if ports else None,
        stop_seconds=float(described.get("stopTimeout") or DEFAULT_STOP_SECONDS),
        log_stream=_log_stream(described, task_id),
        environment=environment,
    )


@dataclass(frozen=True)
class _Image:
    digest: str
    commit: str
    behaviour: str


def _pull(reference: str) -> _Image:
    found = _IMAGE.match(reference)
    named: Mapping[str, str | None] = found.groupdict() if found else {}
    digest, tag = named.get("digest"), named.get("tag") or "latest"
    repository = ecr().repositories.get(named.get("repository") or "")
    for image in repository.images if repository else []:
        if image.image_digest == digest or (digest is None and tag in image.image_tags):
            annotations: dict[str, str] = json.loads(image.image_manifest).get("annotations", {})
            return _Image(
                image.image_digest, annotations.get(REVISION, "unknown"), annotations.get(BEHAVIOUR, "ok")
            )
    raise TaskFailedToStart(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {reference}: {reference}: not found"
    )


def _secrets(wanted: list[dict[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    missing = []
    for secret in wanted:
        value = _parameter(secret["valueFrom"])
        if value is None:
            missing.append(secret["valueFrom"].partition(":parameter")[2] or secret["valueFrom"])
        else:
            values[secret["name"]] = value
    if missing:
        raise TaskFailedToStart(
            "ResourceInitializationError: unable to pull secrets or registry auth: "
            "execution resource retrieval failed: unable to retrieve secrets from ssm: "
            f"service call has been retried 1 time(s): Invalid parameters: {', '.join(missing)}"
        )
    return values


def _parameter(name_or_arn: str) -> str | None:
    try:
        parameter = ssm().get_parameter(name_or_arn)
    except ParameterVersionNotFound:
        return None
    return parameter.decrypt(parameter.value) if parameter else None


def _log_stream(described: Mapping[str, Any], task_id: str) -> LogStream | None:
    configuration = described.get("logConfiguration") or {}
    if configuration.get("logDriver") != "awslogs":
        return None
    options = configuration["options"]
    group = options["awslogs-group"]
    stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{described['name']}/{task_id}"
    opened = open_log_stream(group, stream)
    if opened is None:
        raise TaskFailedToStart(
            "ResourceInitializationError: failed to validate logger args: "
            "create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: The specified log group does not exist: {group}"
        )
    return opened
