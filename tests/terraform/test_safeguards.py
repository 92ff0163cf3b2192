"""What the infrastructure withholds: each secret from all but its reader."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import boto3
import pytest

from models.errors import StalePlan
from models.names import Slot
from systems.aws.plan_store import PlanStore
from tests.terraform.stack import ENVIRONMENT, SETTINGS, Stack

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(600)]

BUCKET = SETTINGS.aws.releases_bucket
READ_PARAMETERS = {f"ssm:{name}" for name in ("GetParameter", "GetParameters", "GetParametersByPath")}


def test_a_saved_plan_can_be_removed_after_its_use(stack: Stack, tmp_path: Path) -> None:
    """What keeps the log from deletion leaves the plans in the same bucket alone."""
    plans = PlanStore(stack.aws, BUCKET, SETTINGS.aws.key_alias, ENVIRONMENT)
    file = tmp_path / "saved.tfplan"
    file.write_bytes(b"a plan")
    digest = hashlib.sha256(b"a plan").hexdigest()
    key = plans.put(file, flow_run_id="run", sha256=digest)
    plans.delete(key)
    with pytest.raises(StalePlan):
        plans.get(key, digest, tmp_path)
    assert "Versions" not in stack.aws.s3.list_object_versions(Bucket=BUCKET, Prefix="plans/")


def test_of_the_releases_bucket_only_saved_plans_expire(stack: Stack) -> None:
    """A plan of a cancelled deployment goes with its versions; no rule ever takes a record of the log."""
    expiring = [
        (rule["Filter"].get("Prefix"), rule["Expiration"]["Days"])
        for rule in _lifecycle_rules(stack, BUCKET)
        if {"Expiration", "NoncurrentVersionExpiration"} & rule.keys()
    ]
    assert expiring == [("plans/", 15)]


def test_old_versions_of_the_state_expire(stack: Stack) -> None:
    """Other buckets forget after a time what was overwritten, and nothing that is current."""
    rules = _lifecycle_rules(stack, SETTINGS.aws.state_bucket)
    assert [
        rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule
    ] == [{"NoncurrentDays": 365}]
    assert not any("Expiration" in rule for rule in rules)


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("database", "other"), [("ledger", "search"), ("search", "ledger")])
def test_a_databases_machine_reads_its_own_password_alone(database: str, other: str) -> None:
    """Of all parameters one is not denied, although Systems Manager's policy allows them all."""
    statements = _statements(f"credex-{ENVIRONMENT}-neo4j-{database}", "neo4j")
    denied = [each for each in statements if each["Effect"] == "Deny" and _actions(each) >= READ_PARAMETERS]
    assert [_password_of(each["NotResource"]) for each in denied] == [database]
    assert _decryptable_parameters(statements) == [denied[0]["NotResource"]]
    assert other not in {_password_of(arn) for arn in _decryptable_parameters(statements)}


@pytest.mark.usefixtures("stack")
def test_tasks_start_with_the_environments_secrets_and_no_other() -> None:
    """The key opens to ECS exactly the parameters that the task definition names."""
    statements = _statements(f"credex-{ENVIRONMENT}-execution", "start-tasks")
    readable = [each["Resource"] for each in statements if "ssm:GetParameters" in _actions(each)]
    assert sorted(_decryptable_parameters(statements)) == sorted(readable[0])
    names = {arn.partition(":parameter")[2] for arn in _decryptable_parameters(statements)}
    urls = {database.url_key for database in SETTINGS.databases.values()}
    shared = {secret.parameter for key, secret in SETTINGS.secrets.items() if key not in urls}
    assert names == shared | {SETTINGS.in_slot(slot).slot_parameter(key) for slot in Slot for key in urls}


def _lifecycle_rules(stack: Stack, bucket: str) -> list[Any]:
    return list(stack.aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"])


def _statements(role: str, policy: str) -> list[dict[str, Any]]:
    document: Any = boto3.client("iam", region_name=SETTINGS.aws.region).get_role_policy(
        RoleName=role, PolicyName=policy
    )
    return list(document["PolicyDocument"]["Statement"])


def _actions(statement: dict[str, Any]) -> set[str]:
    return set(_listed(statement["Action"]))


def _decryptable_parameters(statements: list[dict[str, Any]]) -> list[str]:
    """The parameters that the key opens through Systems Manager; `*` where a statement names none."""
    found: list[str] = []
    for each in statements:
        equals = each.get("Condition", {}).get("StringEquals", {})
        services = _listed(equals.get("kms:ViaService", ["ssm."]))
        if "kms:Decrypt" in _actions(each) and any(service.startswith("ssm.") for service in services):
            found += _listed(equals.get("kms:EncryptionContext:PARAMETER_ARN", ["*"]))
    return found


def _password_of(arn: str) -> str:
    key = arn.rpartition("/")[2]
    return next(name for name, database in SETTINGS.databases.items() if database.password_key == key)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
