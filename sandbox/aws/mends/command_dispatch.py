"""A command sent by Systems Manager waits to be run, on the instances it names.

Moto says at once that every command succeeded, on all instances there are where none was named. Here it is
`Pending` until the sandbox's command runner has run it; cancelling and listing its invocations, which moto
does not know, work too.
"""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ssm.models import Command, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.aws.command_document import InvalidParametersError, UnsupportedDocumentError
from sandbox.aws.commands import PENDING, UNFINISHED, document_of, mark_cancelling
from sandbox.aws.mends.mend import Clients, Mend, Seam
from sandbox.aws.mends.probe_network import make_network, run_instance

_stock_send = SimpleSystemManagerBackend.send_command


def _patch() -> None:
    backend, response = SimpleSystemManagerBackend, SimpleSystemManagerResponse
    backend.send_command = _send_command  # type: ignore[assignment, method-assign]
    Command._get_instance_ids_from_targets = _targeted_ids  # type: ignore[method-assign]
    response.cancel_command = _cancel_command  # type: ignore[attr-defined]
    response.list_command_invocations = _list_command_invocations  # type: ignore[attr-defined]


def _send_command(self: SimpleSystemManagerBackend, **request: Any) -> Command:  # noqa: ANN401 - as it came
    _check_document(self, request)
    _check_instances(self, request.get("instance_ids") or [])
    command = _stock_send(self, **request)
    command.status = command.status_details = PENDING
    command.completed_count = 0
    for invocation in command.invocations:
        invocation.update(Status=PENDING, StatusDetails=PENDING, ResponseCode=-1, ExecutionStartDateTime="")
        invocation.update(ExecutionEndDateTime="", ExecutionElapsedTime="")
    return command


def _check_document(backend: SimpleSystemManagerBackend, request: dict[str, Any]) -> None:
    name = request.get("document_name")
    document = document_of(backend, str(name))
    if document is None:
        raise JsonRESTError("InvalidDocument", f"Document with name {name} does not exist.")
    try:
        document.render(request.get("parameters") or {})
    except InvalidParametersError as error:
        raise JsonRESTError("InvalidParameters", str(error)) from error
    except UnsupportedDocumentError as error:
        raise JsonRESTError("InvalidDocument", str(error)) from error


def _check_instances(backend: SimpleSystemManagerBackend, instance_ids: list[str]) -> None:
    running = {each.id for each in _running(backend.account_id, backend.region_name)}
    unknown = [each for each in instance_ids if each not in running]
    if unknown:
        raise JsonRESTError("InvalidInstanceId", f"Instances not in a valid state for account: {unknown}")


def _running(account: str, region: str) -> list[Instance]:
    return [each for each in ec2_backends[account][region].all_instances() if each.state == "running"]


def _targeted_ids(self: Command) -> list[str]:
    if not self.targets:
        return []
    running = _running(self.account_id, self.backend_region)
    return [each.id for each in running if all(_matches(each, target) for target in self.targets)]


def _matches(instance: Instance, target: dict[str, Any]) -> bool:
    if target["Key"] == "InstanceIds":
        return instance.id in target["Values"]
    tags = {f"tag:{tag['key']}": tag["value"] for tag in instance.get_tags()}
    return tags.get(target["Key"]) in target["Values"]


def _cancel_command(self: SimpleSystemManagerResponse) -> ActionResult:
    command = self.ssm_backend.get_command_by_id(self._get_param("CommandId"))
    wanted = self._get_param("InstanceIds") or command.instance_ids
    for invocation in command.invocations:
        if invocation["InstanceId"] in wanted and invocation["Status"] in UNFINISHED:
            mark_cancelling(invocation)
    return ActionResult({})


def _list_command_invocations(self: SimpleSystemManagerResponse) -> ActionResult:
    command_id, instance_id = self._get_param("CommandId"), self._get_param("InstanceId")
    commands = self.ssm_backend.list_commands(command_id, None)
    found = [(command, each) for command in commands for each in command.invocations]
    listed = [
        _listed(command, invocation, details=bool(self._get_param("Details")))
        for command, invocation in found
        if instance_id in {None, invocation["InstanceId"]}
    ]
    return ActionResult({"CommandInvocations": listed})


def _listed(command: Command, invocation: dict[str, Any], *, details: bool) -> dict[str, Any]:
    keys = ("CommandId", "InstanceId", "Comment", "DocumentName", "Status", "StatusDetails")
    listed = {key: invocation[key] for key in keys}
    listed["RequestedDateTime"] = command.requested_date_time
    plugin = {
        "Name": invocation["PluginName"],
        "Status": invocation["Status"],
        "StatusDetails": invocation["StatusDetails"],
        "ResponseCode": invocation["ResponseCode"],
        "Output": invocation["StandardOutputContent"][:2500],
    }
    return {**listed, "CommandPlugins": [plugin] if details else []}


def _is_needed(clients: Clients) -> bool:
    instance = run_instance(clients, SubnetId=make_network(clients).subnet)
    reply = clients("ssm").send_command(
        DocumentName="AWS-RunShellScript",
        InstanceIds=[instance],
        Parameters={"commands": ["exit 3"]},
    )
    command = reply["Command"]
    return bool(command["Status"] == "Success" or command["InstanceIds"] != [instance])


MEND = Mend(
    name="command-dispatch",
    wrong="Every command succeeds at once without being run, on all instances.",
    seams=(
        Seam(SimpleSystemManagerBackend, "send_command", "5a866bc3bcd6"),
        Seam(Command, "__init__", "3eef07d739eb"),
        Seam(Command, "_get_instance_ids_from_targets", "b9b94ebef3b9"),
        Seam(Command, "invocation_response", "3497d6c424b3"),
        Seam(SimpleSystemManagerResponse, "cancel_command", None),
        Seam(SimpleSystemManagerResponse, "list_command_invocations", None),
    ),
    patch=_patch,
    is_needed=_is_needed,
)
