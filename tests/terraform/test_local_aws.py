"""The root, applied as it is on the local AWS with production's values: what stands, and what plans say."""

from __future__ import annotations

import json
from functools import partial

import pytest
from botocore.exceptions import ClientError

from models.names import Slot
from models.slots import slot_of
from systems.aws.deployment_log import DeploymentLog
from systems.aws.used_codes import use_code
from tests.systems.aws.entries import entry
from tests.terraform.stack import ENVIRONMENT, NETWORK, SETTINGS, Stack
from tests.terraform.values import release

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

KNOWN = ("-refresh=false",)
TEST_LISTENER_PORT = 9000
"""As `variables.load_balancer.tf` has it."""


def test_a_second_plan_is_empty(stack: Stack) -> None:
    """What AWS answers is what was written, so drift is always somebody's doing."""
    assert stack.changes(release(ENVIRONMENT, desired_count=0)) == {}


def test_the_foundation_is_adopted_and_not_made_again(stack: Stack) -> None:
    """State and releases bucket, key and repository are managed under the names that they had before."""
    addresses = stack.terraform.run("state", "list", check=True).stdout.splitlines()
    assert {
        'module.storage.aws_s3_bucket.this["state"]',
        'module.storage.aws_s3_bucket.this["releases"]',
        "module.configuration.aws_kms_key.this",
        "module.configuration.aws_kms_alias.this",
        "module.service.aws_ecr_repository.this",
    } <= set(addresses)
    assert len(stack.aws.kms.list_keys()["Keys"]) == 1


def test_the_outputs_name_what_stands_there(stack: Stack) -> None:
    """The flows find databases, service and load balancer by the outputs alone."""
    outputs = stack.outputs()
    addresses = NETWORK["database_private_ips"]
    assert isinstance(addresses, dict)
    assert outputs["neo4j_ledger_bolt_url"] == f"bolt://{addresses['ledger']}:7687"
    assert outputs["neo4j_search_bolt_url"] == f"bolt://{addresses['search']}:7687"
    assert outputs["ecs_cluster_name"] == "credex-cluster-production"
    assert outputs["ecs_service_name"] == "credex-core-service-production"
    assert outputs["ecr_repository_url"].endswith("/credex-core-production")
    assert set(outputs["database_instance_ids"]) == {"ledger", "search"}
    assert set(outputs["target_group_arns"]) == {"blue", "green"}
    assert outputs["api_url"].startswith("http://127.")
    assert outputs["load_balancer_dns_name"] in outputs["api_url"]


def test_the_databases_machines_are_what_the_release_says(stack: Stack) -> None:
    """Version, password's place and role are tags; data volumes are encrypted; metadata needs a token."""
    instance_id = stack.outputs()["database_instance_ids"]["ledger"]
    described = stack.aws.ec2.describe_instances(InstanceIds=[instance_id])
    instance = described["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"] if tag["Key"].startswith("credex:")}
    assert tags == {
        "credex:role": "neo4j",
        "credex:database": "ledger",
        "credex:slot": "blue",
        "credex:environment": ENVIRONMENT,
        "credex:neo4j-version": "5.26.30",
        "credex:password-parameter": "/credex/production/NEO_4J_LEDGER_SPACE_PASS",
    }
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    attached = [mapping["DeviceName"] for mapping in instance["BlockDeviceMappings"]]
    assert "/dev/sdf" in attached
    volumes = stack.aws.ec2.describe_volumes(VolumeIds=list(_data_volumes(stack).values()))["Volumes"]
    assert [volume["Encrypted"] for volume in volumes] == [True, True]


def test_a_worker_in_the_network_is_let_in_to_the_slot_that_is_not_live(stack: Stack) -> None:
    """It comes from a NAT gateway's address: a load balancer's name is of public addresses there too."""
    ec2, balancer = stack.aws.ec2, stack.aws.elbv2.describe_load_balancers()["LoadBalancers"][0]
    gateways = ec2.describe_nat_gateways()["NatGateways"]
    through = {f"{address['PublicIp']}/32" for each in gateways for address in each["NatGatewayAddresses"]}
    rules = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": balancer["SecurityGroups"]}]
    )["SecurityGroupRules"]
    let_in = {
        rule["CidrIpv4"] for rule in rules if not rule["IsEgress"] and rule["FromPort"] == TEST_LISTENER_PORT
    }
    assert through
    assert through <= let_in
    assert "0.0.0.0/0" not in let_in


def test_the_task_definition_holds_a_digest_and_references(stack: Stack) -> None:
    """The image is named by digest; each secret is the ARN of a parameter, and none is in the environment."""
    arn = stack.outputs()["task_definition_arn"]
    definition = stack.aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    container = definition["containerDefinitions"][0]
    assert container["image"].endswith(f"/credex-core-production@sha256:{'b' * 64}")
    assert {item["name"] for item in container["environment"]} == {"NODE_ENV", "PORT"}
    urls = {database.url_key for database in SETTINGS.databases.values()}
    assert {item["name"]: item["valueFrom"].partition(":parameter")[2] for item in container["secrets"]} == {
        key: SETTINGS.slot_parameter(key) if key in urls else secret.parameter
        for key, secret in SETTINGS.secrets.items()
    }


def test_scaling_changes_the_count_alone(stack: Stack) -> None:
    """No alarm, rule or task definition depends on how many tasks there are."""
    assert stack.changes(release(ENVIRONMENT, desired_count=3), *KNOWN) == {
        'module.service.aws_ecs_service.this["blue"]': (["update"], {"desired_count"})
    }


def test_a_new_image_changes_the_service_alone(stack: Stack) -> None:
    """An application deployment touches the task definition and the service, and nothing of the databases."""
    assert set(stack.changes(release(ENVIRONMENT, desired_count=0, digest="c" * 64), *KNOWN)) == {
        'module.service.aws_ecs_task_definition.this["blue"]',
        'module.service.aws_ecs_service.this["blue"]',
    }


def test_a_second_slot_is_created_beside_the_first_which_stays(stack: Stack) -> None:
    """Databases, service and task definition of its own; alarms alone are told of them."""
    whole = release(ENVIRONMENT, desired_count=0)
    standby = {name: whole[name] for name in ("commit", "image_digest", "desired_count", "databases")}
    changes = stack.changes(whole | {"live_slot": "blue", "standby": standby}, *KNOWN)
    created = {address for address, (actions, _) in changes.items() if actions == ["create"]}
    assert {slot_of(address) for address in created} == {Slot.GREEN}
    assert {
        'module.databases.aws_instance.neo4j["ledger-green"]',
        'module.databases.aws_ebs_volume.data["search-green"]',
        'module.service.aws_ecs_service.this["green"]',
    } <= created
    followed = {
        address: actions for address, (actions, _) in changes.items() if slot_of(address) is not Slot.GREEN
    }
    assert set(map(tuple, followed.values())) <= {("update",)}
    assert all("aws_cloudwatch_" in address for address in followed)


def test_a_new_neo4j_version_replaces_one_machine_and_keeps_its_volume(stack: Stack) -> None:
    """The other database, both volumes and the Bolt URLs stay."""
    changed = json.loads(json.dumps(release(ENVIRONMENT, desired_count=0)))
    changed["databases"]["ledger"]["neo4j_version"] = "2026.08.1"
    replaced = {
        address for address, (actions, _) in stack.changes(changed, *KNOWN).items() if "delete" in actions
    }
    assert replaced == {
        'module.databases.aws_instance.neo4j["ledger"]',
        'module.databases.aws_volume_attachment.data["ledger"]',
    }


def test_what_holds_data_cannot_be_destroyed(stack: Stack) -> None:
    """Terraform refuses to plan the end of an environment, and says which things forbid it."""
    arguments = stack.arguments(release(ENVIRONMENT, desired_count=0))
    refused = stack.terraform.run("plan", "-destroy", "-no-color", *KNOWN, *arguments)
    errors = " ".join(refused.stderr.replace("│", " ").split())
    assert refused.returncode == 1
    for address in (
        'module.storage.aws_s3_bucket.this["backups"]',
        'module.storage.aws_s3_bucket.this["state"]',
        "module.configuration.aws_kms_alias.this",
        "module.service.aws_ecr_repository.this",
    ):
        assert address in errors


def _data_volumes(stack: Stack) -> dict[str, str]:
    volumes = stack.outputs()["database_volume_ids"]
    assert isinstance(volumes, dict)
    return volumes


def test_what_is_written_once_can_be_created_and_neither_overwritten_nor_deleted(stack: Stack) -> None:
    """By the releases bucket's own policy, whoever asks; the log and the one-time codes work as before."""
    s3, bucket = stack.aws.s3, SETTINGS.aws.releases_bucket
    log = DeploymentLog(stack.aws, bucket, ENVIRONMENT)
    for run in ("first", "second"):
        log.append(entry(run=run).model_copy(update={"environment": ENVIRONMENT}))
    use = partial(use_code, stack.aws, bucket, environment=ENVIRONMENT, owner="/an/approver", counter=1)
    assert use(question="first") == "first"
    assert use(question="second") == "first"
    kept = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    written_once = [key for key in kept if key.startswith(("log/", "codes/"))]
    assert len(written_once) == 3
    for key in written_once:
        version = s3.head_object(Bucket=bucket, Key=key)["VersionId"]
        for attempt in (
            lambda key=key: s3.put_object(Bucket=bucket, Key=key, Body=b"another"),
            lambda key=key: s3.delete_object(Bucket=bucket, Key=key),
            lambda key=key, version=version: s3.delete_object(Bucket=bucket, Key=key, VersionId=version),
        ):
            with pytest.raises(ClientError) as denied:
                attempt()
            assert denied.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert log.verify() == []
    s3.put_object(Bucket=bucket, Key="report/index.html", Body=b"one page")
    s3.put_object(Bucket=bucket, Key="report/index.html", Body=b"and the next")
