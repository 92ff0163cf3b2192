"""Earlier versions of SSM parameters, who wrote the newest, and parameters that wait to be taken.

Values go in and out as SecretStr and are in no message or result.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import SecretStr

from models.errors import SetUpError
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


@aws_errors()
def read_version(aws: Aws, name: str, version: int) -> SecretStr:
    """The value that a parameter had in this version; SSM keeps the last hundred.

    Raises SetUpError where it is gone.
    """
    try:
        found = aws.ssm.get_parameter(Name=f"{name}:{version}", WithDecryption=True)
    except (aws.ssm.exceptions.ParameterVersionNotFound, aws.ssm.exceptions.ParameterNotFound):
        raise SetUpError(
            f"SSM has no version {version} of {name} any more.",
            next_step="Set the right value with credex config set, and run the configuration scenario.",
        ) from None
    return SecretStr(found["Parameter"]["Value"])


@aws_errors()
def read_if_there(aws: Aws, name: str) -> tuple[SecretStr, int] | None:
    """A parameter's newest value and its version; None where there is no such parameter."""
    found = aws.ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    return (SecretStr(found[0]["Value"]), found[0]["Version"]) if found else None


@aws_errors()
def remove_parameter(aws: Aws, name: str) -> None:
    """Remove a parameter with all of its versions; one that is gone already is no error."""
    try:
        aws.ssm.delete_parameter(Name=name)
    except aws.ssm.exceptions.ParameterNotFound:
        return


@aws_errors()
def last_writers(aws: Aws, names: Sequence[str]) -> dict[str, str]:
    """The ARN of whoever wrote each parameter last, by name, where AWS tells."""
    if not names:
        return {}
    pages = aws.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": list(names)}]
    )
    found = [item for page in pages for item in page["Parameters"]]
    return {item["Name"]: item.get("LastModifiedUser", "") for item in found}
