"""The root module: its form, and that it refuses what would break an environment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.terraform.hcl import MODULES, ROOT, blocks
from tests.terraform.run import Terraform
from tests.terraform.values import A_DATABASE, BAD, BAD_BESIDE_GOOD, BAD_BESIDE_THOSE, BAD_LAST, release

ENVIRONMENTS = ["development", "staging", "production"]
PRODUCTION = ROOT / "environments" / "production.tfvars"
CONTRACT = {
    "neo4j_ledger_bolt_url",
    "neo4j_search_bolt_url",
    "ecs_cluster_name",
    "ecs_service_name",
    "ecr_repository_url",
    "api_url",
    "load_balancer_dns_name",
    "vpc_id",
    "database_instance_ids",
    "target_group_arns",
    "listener_arn",
    "task_definition_arn",
    "backups_bucket",
}


def test_every_file_is_in_canonical_form() -> None:
    """`terraform fmt` has nothing to change."""
    finished = Terraform(ROOT).run("fmt", "-check", "-recursive", ".")
    assert (finished.returncode, finished.stdout) == (0, "")


@pytest.mark.sandbox
def test_the_configuration_is_valid(root_with_local_state: Terraform) -> None:
    """`terraform validate` finds neither an error nor a warning."""
    answer = json.loads(root_with_local_state.run("validate", "-json").stdout)
    assert (answer["valid"], answer["diagnostics"]) == (True, [])


@pytest.mark.sandbox
def test_no_provider_but_aws_is_needed(root_with_local_state: Terraform) -> None:
    """Root and modules together require hashicorp/aws in one exact version."""
    tree = root_with_local_state.run("providers", check=True).stdout
    providers = set(re.findall(r"provider\[[^\]/]+/([^\]]+)\](?: (.*))?", tree))
    assert providers == {("hashicorp/aws", "5.100.0")}


@pytest.mark.sandbox
def test_initialising_leaves_the_lock_file_as_it_is(root_with_local_state: Terraform) -> None:
    """The committed lock file knows the provider and needs no addition on this platform."""
    name = ".terraform.lock.hcl"
    assert (root_with_local_state.directory / name).read_text() == (ROOT / name).read_text()


@pytest.mark.parametrize("directory", [ROOT, *MODULES], ids=lambda path: path.name)
def test_every_variable_and_output_is_described(directory: Path) -> None:
    """Variables have a type and a description, outputs a description, in the root and in each module."""
    for variable in blocks(directory, "variable"):
        assert {"type", "description"} <= variable.arguments, variable.name
    for output in blocks(directory, "output"):
        assert {"description", "value"} <= output.arguments, output.name


@pytest.mark.parametrize("directory", [ROOT, *MODULES], ids=lambda path: path.name)
def test_every_module_has_the_usual_files(directory: Path) -> None:
    """Whoever opens a module finds the same files in it."""
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"} <= {
        file.name for file in directory.iterdir()
    }


def test_every_variable_of_the_root_has_a_rule() -> None:
    """A variable is validated, unless it is a switch that cannot be null."""
    unruled = [
        variable.name
        for variable in blocks(ROOT, "variable")
        if "validation" not in variable.blocks and not variable.is_switch
    ]
    assert unruled == []


def test_each_variable_has_a_bad_value_in_the_tests() -> None:
    """A new rule cannot be forgotten below."""
    ruled = {variable.name for variable in blocks(ROOT, "variable") if not variable.is_switch}
    assert BAD.keys() | BAD_BESIDE_GOOD.keys() | BAD_BESIDE_THOSE.keys() | BAD_LAST.keys() == ruled


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "bad", [BAD, BAD_BESIDE_GOOD, BAD_BESIDE_THOSE], ids=["alone", "beside good ones", "beside those"]
)
def test_the_root_refuses_a_bad_value_for_every_variable(
    root_with_local_state: Terraform, bad: dict[str, object], tmp_path: Path
) -> None:
    """Each rule fires: with many variables set wrongly at once, each is named by a rule of its own."""
    good = _write(tmp_path / "good.tfvars.json", release("production", desired_count=1))
    wrong = _write(tmp_path / "wrong.tfvars.json", bad)
    answer = root_with_local_state.evaluate("local.name_prefix", PRODUCTION, good, wrong)
    assert _refused_variables(answer) == bad.keys()


@pytest.mark.sandbox
def test_no_slot_is_made_at_an_address_that_the_live_one_has(
    root_with_local_state: Terraform, tmp_path: Path
) -> None:
    """A change may have moved a database there; a migration is refused then, before anything is made."""
    live = release("production", desired_count=1)
    moved = {"ledger": {**A_DATABASE, "private_ip": "10.30.64.11"}, "search": A_DATABASE}
    file = _write(tmp_path / "migration.tfvars.json", {**live, "databases": moved, **BAD_LAST})
    answer = root_with_local_state.evaluate("local.name_prefix", PRODUCTION, file)
    assert _refused_variables(answer) == BAD_LAST.keys()
    told = _unwrapped(answer)
    assert "move the database to another one first: neo4j-change" in told
    assert "Give the full commit, and the image's digest" in told


def test_the_outputs_are_those_that_the_flows_read() -> None:
    """Renaming an output would leave the flows without an address."""
    assert {output.name for output in blocks(ROOT, "output")} >= CONTRACT


@pytest.mark.sandbox
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_values_of_each_environment_keep_the_rules(
    root_with_local_state: Terraform, environment: str, tmp_path: Path
) -> None:
    """The var file and a release together set every variable without a default, and break no rule."""
    file = _write(tmp_path / "release.tfvars.json", release(environment, desired_count=0))
    var_file = ROOT / "environments" / f"{environment}.tfvars"
    answer = root_with_local_state.evaluate("local.name_prefix", var_file, file)
    assert answer == f'"credex-{environment}"'


def test_no_file_holds_a_secret_or_looks_up_a_newest_image() -> None:
    """Secrets come from SSM by reference and AMIs from variables."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.rglob("*.tf"))
    data_sources = set(re.findall(r'^data "([^"]+)"', text, re.MULTILINE))
    assert data_sources == {
        "aws_caller_identity",
        "aws_partition",
        "aws_kms_alias",
        "aws_iam_policy_document",
        "aws_elb_service_account",
    }
    assert not re.search(r'resource "aws_(ssm_parameter|secretsmanager_secret_version)"', text)


def _refused_variables(answer: str) -> set[str]:
    """The variables whose rules the errors in an answer name, by file and line."""
    return {
        variable.name
        for file, line in re.findall(r"validation rule at (\S+):(\d+),", _unwrapped(answer))
        for variable in blocks(ROOT, "variable")
        if variable.file == file and int(line) in variable.lines
    }


def _unwrapped(answer: str) -> str:
    """An answer in one line, without its colours and frames."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m|[│╷╵]", "", answer).split())


def _write(file: Path, values: dict[str, object]) -> Path:
    file.write_text(json.dumps(values), encoding="utf-8")
    return file
