"""The configuration is written only where it must be, and its values are told to nobody."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber
from pydantic import SecretStr

from models.errors import DeployError, Refused, SetUpError
from systems.aws.parameters import describe_parameters, missing, put_parameter, put_secret, read_parameters
from systems.aws.session import Aws
from systems.redaction import remember_secrets

KEY = "alias/testing"
NAME = "/credex/testing/JWT_SECRET"
VALUE = SecretStr("correct horse battery staple")
OTHER = SecretStr("another value altogether")


pytestmark = pytest.mark.usefixtures("key_alias")


def _value(aws: Aws) -> str:
    return read_parameters(aws, [NAME])[NAME].get_secret_value()


def test_a_secret_is_created_encrypted_with_our_key(aws: Aws) -> None:
    assert put_secret(aws, NAME, VALUE, key_id=KEY).changed
    assert _value(aws) == VALUE.get_secret_value()
    [described] = aws.ssm.describe_parameters()["Parameters"]
    assert (described["Type"], described["KeyId"]) == ("SecureString", KEY)


def test_a_secret_that_is_there_keeps_its_value(aws: Aws) -> None:
    """A password that a database was started with must survive every later run."""
    put_secret(aws, NAME, VALUE, key_id=KEY)
    second = put_secret(aws, NAME, OTHER, key_id=KEY)
    assert (second.version, second.changed) == (1, False)
    assert _value(aws) == VALUE.get_secret_value()


def test_an_equal_value_makes_no_new_version(aws: Aws) -> None:
    first = put_parameter(aws, NAME, VALUE, key_id=KEY)
    again = put_parameter(aws, NAME, VALUE, key_id=KEY)
    changed = put_parameter(aws, NAME, OTHER, key_id=KEY)
    versions = [(written.version, written.changed) for written in (first, again, changed)]
    assert versions == [(1, True), (1, False), (2, True)]
    assert _value(aws) == OTHER.get_secret_value()


def test_more_names_than_one_request_takes_are_read_and_missed_in_order(aws: Aws) -> None:
    names = [f"/credex/testing/KEY_{number}" for number in range(23)]
    for name in names[::2]:
        put_secret(aws, name, SecretStr(f"value of {name}"), key_id=KEY)
    assert missing(aws, names) == names[1::2]
    values = read_parameters(aws, names[::2])
    assert {name: value.get_secret_value() for name, value in values.items()} == {
        name: f"value of {name}" for name in names[::2]
    }


def test_reading_what_is_not_there_names_it(aws: Aws) -> None:
    put_secret(aws, NAME, VALUE, key_id=KEY)
    with pytest.raises(SetUpError, match="no parameter /credex/testing/ABSENT") as caught:
        read_parameters(aws, [NAME, "/credex/testing/ABSENT"])
    assert NAME not in caught.value.problem


def test_a_missing_key_is_refused_by_name(aws: Aws) -> None:
    """The answer is played at the wire: the server takes any key."""
    wire = Stubber(aws.ssm)
    wire.add_client_error("put_parameter", "InvalidKeyId", "no such key")
    with wire, pytest.raises(Refused, match="no usable KMS key alias/absent"):
        put_secret(aws, NAME, VALUE, key_id="alias/absent")


@pytest.mark.parametrize("code", ["ValidationException", "InvalidKeyId", "AccessDeniedException"])
def test_no_error_repeats_the_value_even_if_aws_does(aws: Aws, code: str) -> None:
    value = VALUE.get_secret_value()
    remember_secrets([value])
    wire = Stubber(aws.ssm)
    wire.add_client_error("put_parameter", code, f"Value '{value}' failed to satisfy a constraint")
    with wire, pytest.raises(DeployError) as caught:
        put_secret(aws, NAME, VALUE, key_id=KEY)
    assert value not in str(caught.value)


def test_who_set_a_parameter_last_is_told_without_its_value(aws: Aws) -> None:
    put_secret(aws, NAME, VALUE, key_id=KEY)
    [described] = describe_parameters(aws, [NAME, "/credex/testing/ABSENT"])
    assert (described.name, described.version) == (NAME, 1)
    assert VALUE.get_secret_value() not in repr(described)
    assert VALUE.get_secret_value() not in repr(read_parameters(aws, [NAME]))
