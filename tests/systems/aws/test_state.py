"""The identity of Terraform's state, read where Terraform's S3 backend keeps it."""

from __future__ import annotations

import json

import pytest

from models.errors import TerraformFailed
from systems.aws.session import Aws
from systems.aws.state import read_state_identity

BUCKET, KEY = "credex-terraform-state-test", "credex-core/terraform.tfstate"


@pytest.fixture
def bucket(aws: Aws) -> Aws:
    """The account with an empty state bucket."""
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "af-south-1"})
    return aws


def test_before_the_first_apply_there_is_no_lineage(bucket: Aws) -> None:
    identity = read_state_identity(bucket, BUCKET, KEY)
    assert (identity.lineage, identity.serial) == (None, 0)


def test_a_state_is_known_by_lineage_and_serial(bucket: Aws) -> None:
    state = {"version": 4, "lineage": "8bd5fc20-7d4c-4dd7-90f1-31a1c5f19a3b", "serial": 12, "resources": []}
    bucket.s3.put_object(Bucket=BUCKET, Key=KEY, Body=json.dumps(state).encode())
    identity = read_state_identity(bucket, BUCKET, KEY)
    assert (identity.lineage, identity.serial) == (state["lineage"], 12)


@pytest.mark.parametrize("text", ["", "hunter2", "[]", '{"serial": 3}'])
def test_what_is_no_state_is_refused_without_quoting_it(bucket: Aws, text: str) -> None:
    bucket.s3.put_object(Bucket=BUCKET, Key=KEY, Body=text.encode())
    with pytest.raises(TerraformFailed, match="no Terraform state") as refused:
        read_state_identity(bucket, BUCKET, KEY)
    assert "hunter2" not in str(refused.value)
