"""Terraform's state, read where Terraform's S3 backend keeps it."""

from __future__ import annotations

import json

import pytest

from models.errors import TerraformFailed
from systems.aws.session import Aws
from systems.aws.state import read_state

BUCKET, KEY = "credex-terraform-state-test", "credex-core/terraform.tfstate"
LINEAGE = "8bd5fc20-7d4c-4dd7-90f1-31a1c5f19a3b"


@pytest.fixture
def bucket(aws: Aws) -> Aws:
    """The account with an empty state bucket."""
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    return aws


def put(aws: Aws, text: str) -> None:
    """Put an object where the state is looked for."""
    aws.s3.put_object(Bucket=BUCKET, Key=KEY, Body=text.encode())


def test_before_the_first_apply_there_is_no_lineage_and_no_output(bucket: Aws) -> None:
    state = read_state(bucket, BUCKET, KEY)
    assert (state.identity.lineage, state.identity.serial) == (None, 0)
    assert state.output_values() == {}


def test_a_state_is_known_by_lineage_and_serial(bucket: Aws) -> None:
    put(bucket, json.dumps({"version": 4, "lineage": LINEAGE, "serial": 12, "outputs": {}, "resources": []}))
    identity = read_state(bucket, BUCKET, KEY).identity
    assert (identity.lineage, identity.serial) == (LINEAGE, 12)


def test_outputs_have_the_values_that_terraform_puts_out(bucket: Aws) -> None:
    outputs = {
        "api_url": {"value": "http://127.0.0.1:8080", "type": "string"},
        "targets": {"value": {"blue": "arn"}, "type": ["object", {"blue": "string"}], "sensitive": True},
    }
    put(bucket, json.dumps({"version": 4, "lineage": LINEAGE, "serial": 1, "outputs": outputs}))
    values = read_state(bucket, BUCKET, KEY).output_values()
    assert values == {"api_url": "http://127.0.0.1:8080", "targets": {"blue": "arn"}}


@pytest.mark.parametrize(
    "text",
    ["", "hunter2", "[]", '{"version": 4, "serial": 3}', '{"version": 5, "lineage": "x", "serial": 3}'],
)
def test_what_is_no_state_of_that_version_is_refused_without_quoting_it(bucket: Aws, text: str) -> None:
    put(bucket, text)
    with pytest.raises(TerraformFailed, match="no Terraform state") as refused:
        read_state(bucket, BUCKET, KEY)
    assert "hunter2" not in str(refused.value)
