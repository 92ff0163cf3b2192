"""The application's configuration in SSM: SecureString parameters, all encrypted with the environment's key.

Values go in and out as SecretStr and are in no message or result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from botocore.exceptions import ClientError
from pydantic import SecretStr

from models.errors import Refused, SetUpError
from models.parameter import ParameterDescription, StoredParameter
from systems.aws.errors import aws_errors, error_code
from systems.aws.session import Aws

_BATCH = 10
"""As many names as SSM takes at once."""


@aws_errors()
def read_parameters(aws: Aws, names: Sequence[str]) -> dict[str, SecretStr]:
    """The decrypted values by name. Raises SetUpError naming the parameters that are not there."""
    found: dict[str, SecretStr] = {}
    for batch in _batches(names):
        answer = aws.ssm.get_parameters(Names=batch, WithDecryption=True)
        found |= {item["Name"]: SecretStr(item["Value"]) for item in answer["Parameters"]}
    if absent := [name for name in names if name not in found]:
        raise SetUpError(
            f"SSM has no parameter {', '.join(absent)}.",
            next_step="Set it with credex config set, or run the initial-deployment scenario.",
        )
    return found


@aws_errors()
def missing(aws: Aws, names: Sequence[str]) -> list[str]:
    """Those of the names that SSM has no parameter for, in the order given. Nothing is decrypted."""
    there = {description.name for description in describe_parameters(aws, names)}
    return [name for name in names if name not in there]


@aws_errors()
def describe_parameters(aws: Aws, names: Sequence[str]) -> list[ParameterDescription]:
    """Version and time of the parameters that are there, without their values; the others are left out.

    Read, not described: SSM's descriptions lag behind a write.
    """
    described = []
    for batch in _batches(names):
        answer = aws.ssm.get_parameters(Names=batch, WithDecryption=False)
        described += [
            ParameterDescription(
                name=item["Name"], version=item["Version"], modified_at=item["LastModifiedDate"]
            )
            for item in answer["Parameters"]
        ]
    return described


@aws_errors()
def put_secret(aws: Aws, name: str, value: SecretStr, *, key_id: str) -> StoredParameter:
    """Create a parameter; one that is there already keeps its value, whoever made it and when.

    Raises Refused when there is no such key.
    """
    try:
        version = _put(aws, name, value, key_id, overwrite=False)
    except aws.ssm.exceptions.ParameterAlreadyExists:
        return StoredParameter(name=name, version=_version(aws, name), changed=False)
    return StoredParameter(name=name, version=version, changed=True)


@aws_errors()
def put_parameter(aws: Aws, name: str, value: SecretStr, *, key_id: str) -> StoredParameter:
    """Make a parameter hold this value; no new version is made where it does already.

    Raises Refused when there is no such key.
    """
    found = aws.ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    if found and found[0]["Value"] == value.get_secret_value():
        return StoredParameter(name=name, version=found[0]["Version"], changed=False)
    return StoredParameter(name=name, version=_put(aws, name, value, key_id, overwrite=True), changed=True)


def _version(aws: Aws, name: str) -> int:
    [existing] = describe_parameters(aws, [name])
    return existing.version


def _put(aws: Aws, name: str, value: SecretStr, key_id: str, *, overwrite: bool) -> int:
    try:
        written = aws.ssm.put_parameter(
            Name=name, Value=value.get_secret_value(), Type="SecureString", KeyId=key_id, Overwrite=overwrite
        )
    except ClientError as error:
        if error_code(error) == "InvalidKeyId":
            raise Refused(
                f"There is no usable KMS key {key_id} to encrypt {name} with.",
                next_step="Run the initial-deployment scenario, or correct aws.key_alias in the TOML file.",
            ) from None
        if error_code(error) == "ValidationException":
            # SSM quotes what it does not take, so its own words must not be passed on.
            raise Refused(
                f"SSM does not take the value given for {name}.",
                next_step="Give one that is not empty and at most 4,096 characters long.",
            ) from None
        raise
    return written["Version"]


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(dict.fromkeys(names))
    while batch := list(islice(rest, _BATCH)):
        yield batch
