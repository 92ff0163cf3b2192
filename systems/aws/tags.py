"""Tags as EC2's calls take them: given to what is made, and asked for to find it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagTypeDef

ROLE_TAG = "credex:role"
"""Says what something of an environment is there for."""


def as_filters(tags: Mapping[str, str]) -> list[FilterTypeDef]:
    """The filters that find what has all of these tags."""
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]


def as_tags(tags: Mapping[str, str]) -> list[TagTypeDef]:
    """These tags, for what is made."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]
