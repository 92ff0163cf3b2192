"""Terraform's commands against a state in S3: what they return, say and raise."""

from __future__ import annotations

import dataclasses
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import SetUpError, StalePlan, StateLocked, TerraformFailed
from systems.redaction import remember_secrets
from systems.terraform.runner import terraform_environment
from systems.waiting import Pace, wait_for
from tests.systems.terraform.conftest import SESSION, Stack

ONE = 'resource "terraform_data" "this" {\n  input = "one"\n}\noutput "it" {\n  value = "there"\n}\n'
SLOW = """
resource "terraform_data" "first" {
  input = "x"
  provisioner "local-exec" { command = "exec sleep 30" }
}
"""

PROFILE = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}
provider "aws" {
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}
resource "aws_iam_instance_profile" "this" {
  for_each = toset(["a"])
  name     = "left-behind"
}
"""


def test_a_first_plan_is_applied_and_the_next_one_is_empty(stack: Stack) -> None:
    """Plan, apply, outputs and the state's identity agree with each other."""
    stack.write(ONE)
    terraform = stack.ready()
    assert terraform.state_identity().lineage is None
    assert terraform.plan([], stack.plan_file, 0).has_changes
    started: list[int] = []
    terraform.apply(stack.plan_file, 0, started.append)
    assert terraform.outputs() == {"it": "there"}
    assert terraform.state_identity().lineage
    assert terraform.state_identity().serial == 1
    assert not terraform.plan([], stack.plan_file, 0).has_changes
    assert len(started) == 1


def test_progress_is_told_in_sentences(stack: Stack) -> None:
    """Each resource says when it begins and ends."""
    stack.applied(ONE)
    assert "terraform_data.this: creating" in stack.lines
    assert "terraform_data.this: created after 0 s" in stack.lines
    assert "1 to add, 0 to change, 0 to destroy" in stack.lines


def test_variables_come_from_the_files_that_were_named(stack: Stack, tmp_path: Path) -> None:
    """And from nowhere else: a variable of the process is not passed on."""
    stack.write('variable "word" {\n  type = string\n}\noutput "word" {\n  value = var.word\n}\n')
    stack.environment |= {"TF_VAR_word": "from the process", "TF_CLI_ARGS_plan": "-destroy"}
    terraform = stack.ready()
    with pytest.raises(TerraformFailed, match="No value for required variable"):
        terraform.plan([], stack.plan_file, 0)
    file = tmp_path / "release.tfvars.json"
    file.write_text('{"word": "from the release"}', encoding="utf-8")
    terraform.plan([file], stack.plan_file, 0)
    terraform.apply(stack.plan_file, 0, lambda _: None)
    assert terraform.outputs() == {"word": "from the release"}


def test_a_plan_made_before_another_apply_is_stale(stack: Stack, tmp_path: Path) -> None:
    """Two plans of one state: the second cannot be applied after the first."""
    stack.write(ONE)
    terraform = stack.ready()
    other = tmp_path / "other"
    terraform.plan([], stack.plan_file, 0)
    terraform.apply(stack.plan_file, 0, lambda _: None)
    stack.write(ONE.replace('"one"', '"two"'))
    terraform.plan([], stack.plan_file, 0)
    terraform.plan([], other, 0)
    terraform.apply(stack.plan_file, 0, lambda _: None)
    with pytest.raises(StalePlan, match="changed after it was made"):
        terraform.apply(other, 0, lambda _: None)


def test_a_variable_declared_twice_is_named_with_its_file_and_line(stack: Stack) -> None:
    """The error that once cost the most runs is found by `init`, before anything else."""
    stack.write('variable "twice" {}\n', file="a.tf")
    stack.write('\nvariable "twice" {}\n', file="b.tf")
    with pytest.raises(TerraformFailed, match=r"Duplicate variable declaration \(b\.tf:2"):
        stack.ready()


def test_validation_names_the_first_error_and_counts_the_others(stack: Stack) -> None:
    """One sentence, however many errors there are."""
    stack.write('output "a" {\n  value = var.no\n}\noutput "b" {\n  value = var.neither\n}\n')
    terraform = stack.ready()
    with pytest.raises(TerraformFailed) as failure:
        terraform.validate()
    assert "Reference to undeclared input variable (main.tf:2" in failure.value.problem
    assert "1 more error" in failure.value.problem


def test_a_missing_state_bucket_is_a_matter_of_set_up(stack: Stack) -> None:
    """The person learns which bucket is meant and who makes it."""
    stack.write(ONE)
    stack.backend = dataclasses.replace(stack.backend, bucket="credex-no-such-state")
    with pytest.raises(SetUpError, match="does not exist"):
        stack.ready()


def test_missing_credentials_are_a_matter_of_set_up(stack: Stack) -> None:
    """Nothing is tried without credentials."""
    stack.write(ONE)
    del stack.environment["AWS_ACCESS_KEY_ID"], stack.environment["AWS_SECRET_ACCESS_KEY"]
    with pytest.raises(SetUpError, match="no AWS credentials that work"):
        stack.ready()


@pytest.mark.sandbox
def test_what_exists_and_no_state_knows_is_told_with_both_ways_out(stack: Stack, aws: str) -> None:
    """As after a create whose answer was lost: AWS has it, and refuses to make it again."""
    iam = SESSION.client("iam", endpoint_url=aws)
    iam.create_instance_profile(InstanceProfileName="left-behind")
    with pytest.raises(TerraformFailed, match="left-behind already exists") as failure:
        stack.applied(PROFILE)
    assert "If nothing uses it, delete it" in failure.value.next_step
    assert "`terraform import 'aws_iam_instance_profile.this[\"a\"]' ID`" in failure.value.next_step


@pytest.mark.sandbox
def test_a_lock_held_by_another_is_named_with_its_holder(stack: Stack, tmp_path: Path) -> None:
    """While one run applies, a second one learns who holds the lock, and since when; a third waits for it."""
    stack.write(SLOW.replace("exec sleep 30", "until test -e GO; do sleep 0.1; done"))
    terraform = stack.ready()
    terraform.plan([], stack.plan_file, 0)
    with ThreadPoolExecutor() as others:
        apply = others.submit(terraform.apply, stack.plan_file, 0, lambda _: None)
        try:
            assert wait_for(lambda: any("creating" in line for line in stack.lines) or None, Pace(60, 0.1))
            with pytest.raises(StateLocked) as refused:
                stack.terraform().plan([], tmp_path / "other", 0)
            third = others.submit(stack.terraform().plan, [], tmp_path / "third", 60)
        finally:
            (stack.root / "GO").touch()
        apply.result()
        assert third.result().has_changes is False
    locked = refused.value
    assert "@" in locked.who
    assert locked.created
    assert locked.lock_id in locked.next_step


@pytest.mark.sandbox
def test_an_interrupted_apply_ends_gracefully_and_releases_the_lock(stack: Stack, tmp_path: Path) -> None:
    """Whatever breaks out of the run, here its own progress, Terraform is interrupted once and waited for."""
    stack.write(SLOW)
    terraform = stack.ready()
    terraform.plan([], stack.plan_file, 0)
    pids: list[int] = []

    def give_up(_: str) -> None:
        raise KeyboardInterrupt

    terraform._on_line = give_up
    with pytest.raises(KeyboardInterrupt):
        terraform.apply(stack.plan_file, 0, pids.append)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    terraform._on_line = stack.lines.append
    assert terraform.plan([], tmp_path / "next", 0).has_changes


@pytest.mark.sandbox
def test_terraform_ending_by_a_signal_is_a_failure(stack: Stack) -> None:
    """A killed Terraform says nothing; the run still ends with a sentence."""
    stack.write(SLOW)
    terraform = stack.ready()
    terraform.plan([], stack.plan_file, 0)

    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    with pytest.raises(TerraformFailed, match="failed without saying why"):
        terraform.apply(stack.plan_file, 0, kill)


def test_secrets_are_struck_out_of_errors_and_progress(stack: Stack) -> None:
    """A message that quotes a value that we know to be secret shows stars instead."""
    remember_secrets(["hunter2-hunter2"])
    stack.write(
        'variable "word" {\n  default = "hunter2-hunter2"\n  validation {\n    condition = var.word == "x"\n'
        '    error_message = "Not good: ${var.word}"\n  }\n}\n'
        'resource "terraform_data" "hunter2-hunter2" {}\n'
    )
    terraform = stack.ready()
    with pytest.raises(TerraformFailed) as failure:
        terraform.plan([], stack.plan_file, 0)
    assert "Not good: ***" in failure.value.problem
    assert "hunter2" not in repr(failure.value) + "".join(stack.lines)


def test_values_never_reach_what_is_told(stack: Stack) -> None:
    """Neither inputs nor outputs are in any line, and a failing expression does not quote its parts."""
    stack.applied(ONE.replace('"one"', '"s3cret-input"').replace('"there"', '"s3cret-output"'))
    stack.write(
        'locals {\n  it = "s3cret-local"\n}\noutput "bad" {\n  value = tonumber(local.it)\n}\n'
        'resource "terraform_data" "this" {}\n'
    )
    with pytest.raises(TerraformFailed) as failure:
        stack.terraform().plan([], stack.plan_file, 0)
    assert "s3cret" not in "".join(stack.lines) + repr(failure.value)


def test_nothing_but_our_own_settings_reaches_terraform(stack: Stack) -> None:
    """Traces would log secrets; added arguments would change what is applied."""
    dirty = stack.environment | {"TF_LOG": "trace", "TF_CLI_ARGS": "-refresh=false", "TF_WORKSPACE": "x"}
    clean = terraform_environment(dirty, stack.root)
    assert {name for name in clean if name.startswith("TF_")} <= {
        "TF_IN_AUTOMATION",
        "TF_INPUT",
        "TF_CLI_CONFIG_FILE",
        "TF_PLUGIN_CACHE_DIR",
    }


def test_how_much_memory_terraform_may_take_is_the_machines_own_to_say(stack: Stack) -> None:
    """Ours is for speed, and gives way."""
    own = stack.environment | {"GOGC": "50"}
    assert terraform_environment(own, stack.root)["GOGC"] == "50"
