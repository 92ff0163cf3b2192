"""Commands sent through Systems Manager run for real, on the machines they name and on no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.hosts import Hosts
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.mends.probe_network import make_network, run_instance
from sandbox.aws.run_command import CommandRunner
from sandbox.aws.server import LocalAws
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.waiting import until

UNFINISHED = {"Pending", "InProgress", "Cancelling"}
SHELL = "AWS-RunShellScript"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    def variables() -> dict[str, str]:
        return server.environment()

    runner = CommandRunner(Hosts(tmp_path_factory.mktemp("state")), variables)
    server = LocalAws(0, mends=MENDS, reconcilers=[runner])
    server.start()
    yield clients_of(server.url)
    server.stop()


@pytest.fixture(scope="module")
def instances(aws: Clients) -> list[str]:
    subnet = make_network(aws).subnet
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "group", "Value": "both"}]}]
    return [run_instance(aws, SubnetId=subnet, TagSpecifications=tags) for _ in range(2)]


def send(aws: Clients, document: str = SHELL, **request: object) -> str:
    return str(aws("ssm").send_command(DocumentName=document, **request)["Command"]["CommandId"])


def shell(aws: Clients, instance: str, *commands: str, **parameters: list[str]) -> str:
    return send(aws, InstanceIds=[instance], Parameters={"commands": list(commands), **parameters})


def result(aws: Clients, command: str, instance: str) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        answer = aws("ssm").get_command_invocation(CommandId=command, InstanceId=instance)
        assert isinstance(answer, dict)
        return answer

    until(lambda: read()["Status"] not in UNFINISHED, what=f"the end of {command}")
    return read()


def make_document(aws: Clients, name: str, step: dict[str, Any], parameters: dict[str, Any]) -> None:
    content = {
        "schemaVersion": "2.2",
        "parameters": parameters,
        "mainSteps": [{"action": "aws:runShellScript", "name": "step", "inputs": step}],
    }
    aws("ssm").create_document(Name=name, DocumentType="Command", Content=json.dumps(content))


def test_output_error_output_and_exit_code_come_back(aws: Clients, instances: list[str]) -> None:
    ended = result(aws, shell(aws, instances[0], "echo out", "echo err >&2", "exit 3"), instances[0])
    assert (ended["Status"], ended["ResponseCode"]) == ("Failed", 3)
    assert (ended["StandardOutputContent"], ended["StandardErrorContent"]) == ("out\n", "err\n")


def test_a_command_runs_on_the_named_instance_alone(aws: Clients, instances: list[str]) -> None:
    command = shell(aws, instances[1], "echo $INSTANCE_ID $PRIVATE_ADDRESS")
    ended = result(aws, command, instances[1])
    address = aws("ec2").describe_instances(InstanceIds=[instances[1]])
    private = address["Reservations"][0]["Instances"][0]["PrivateIpAddress"]
    assert ended["StandardOutputContent"] == f"{instances[1]} {private}\n"
    listed = aws("ssm").list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert [each["InstanceId"] for each in listed] == [instances[1]]
    assert listed[0]["CommandPlugins"][0]["Output"] == ended["StandardOutputContent"]


def test_a_tag_as_target_names_every_instance_that_has_it(aws: Clients, instances: list[str]) -> None:
    command = send(
        aws,
        Targets=[{"Key": "tag:group", "Values": ["both"]}],
        Parameters={"commands": ["true"]},
    )
    assert {result(aws, command, each)["Status"] for each in instances} == {"Success"}
    until(
        lambda: aws("ssm").list_commands(CommandId=command)["Commands"][0]["Status"] == "Success",
        what="the command's own status",
    )
    assert aws("ssm").list_commands(CommandId=command)["Commands"][0]["CompletedCount"] == 2


def test_an_unfinished_command_says_that_it_is_in_progress(
    aws: Clients, instances: list[str], tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    command = shell(aws, instances[0], f"until [ -e {go_on} ]; do sleep 0.05; done")

    def status() -> str:
        reply = aws("ssm").get_command_invocation(CommandId=command, InstanceId=instances[0])
        return str(reply["Status"])

    until(lambda: status() == "InProgress", what="in progress")
    go_on.touch()
    assert result(aws, command, instances[0])["Status"] == "Success"


def test_what_takes_too_long_is_killed_and_timed_out(aws: Clients, instances: list[str]) -> None:
    command = shell(aws, instances[0], "echo begun; sleep 600", executionTimeout=["1"])
    ended = result(aws, command, instances[0])
    assert (ended["Status"], ended["StandardOutputContent"]) == ("TimedOut", "begun\n")


def test_a_command_can_be_cancelled_with_all_its_processes(
    aws: Clients, instances: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "pid"
    command = shell(aws, instances[0], f"sleep 600 & echo $! >{file}.new; mv {file}.new {file}; wait")
    until(file.exists, what="the command runs")
    aws("ssm").cancel_command(CommandId=command)
    assert result(aws, command, instances[0])["Status"] == "Cancelled"
    status = Path(f"/proc/{file.read_text().strip()}/stat")
    until(lambda: not status.exists() or " Z " in status.read_text(), what="the child is gone")


def test_an_own_document_gets_its_parameters_and_defaults(aws: Clients, instances: list[str]) -> None:
    make_document(
        aws,
        "greet",
        {"runCommand": ["echo {{ greeting }}, {{name}}", "{{ more }}"]},
        {
            "greeting": {"type": "String", "default": "good morning"},
            "name": {"type": "String", "allowedPattern": "[a-z]+"},
            "more": {"type": "StringList", "default": []},
        },
    )
    parameters = {"name": ["ledger"], "more": ["echo one", "echo two"]}
    command = send(aws, "greet", InstanceIds=[instances[0]], Parameters=parameters)
    assert result(aws, command, instances[0])["StandardOutputContent"] == "good morning, ledger\none\ntwo\n"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "InvalidParameters"),
        ({"kind": ["other"]}, "InvalidParameters"),
        ({"kind": ["dump"], "unknown": ["x"]}, "InvalidParameters"),
    ],
)
def test_wrong_parameters_are_refused_when_sent(
    aws: Clients, instances: list[str], parameters: dict[str, list[str]], code: str
) -> None:
    name = f"typed-{len(parameters)}-{''.join(parameters.get('kind', []))}"
    make_document(
        aws,
        name,
        {"runCommand": ["echo {{ kind }}"]},
        {"kind": {"type": "String", "allowedValues": ["dump", "check"]}},
    )
    with pytest.raises(ClientError) as refused:
        send(aws, name, InstanceIds=[instances[0]], Parameters=parameters)
    assert refused.value.response["Error"]["Code"] == code


def test_a_stopped_instance_and_an_unknown_document_are_refused(aws: Clients, instances: list[str]) -> None:
    stopped = run_instance(aws, SubnetId=make_network(aws).subnet)
    aws("ec2").stop_instances(InstanceIds=[stopped])
    for document, instance, code in (
        (SHELL, stopped, "InvalidInstanceId"),
        ("nobody-wrote-this", instances[0], "InvalidDocument"),
    ):
        with pytest.raises(ClientError) as refused:
            send(aws, document, InstanceIds=[instance], Parameters={"commands": ["true"]})
        assert refused.value.response["Error"]["Code"] == code


def test_output_is_cut_at_24000_characters(aws: Clients, instances: list[str]) -> None:
    ended = result(aws, shell(aws, instances[0], "yes é | head -c 100000"), instances[0])
    assert len(ended["StandardOutputContent"]) == 24_000


def test_a_command_reaches_the_local_aws(aws: Clients, instances: list[str]) -> None:
    ended = result(aws, shell(aws, instances[0], "echo $AWS_ENDPOINT_URL"), instances[0])
    assert ended["StandardOutputContent"].strip() == aws("ssm").meta.endpoint_url
