"""Images in ECR: from a commit to the digest that is deployed. Tags are for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from models.errors import Refused
from models.names import CommitSha, ImageDigest
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef, ImageIdentifierTypeDef

_DIGEST = TypeAdapter(ImageDigest)
_SHOWN = 3


@aws_errors()
def resolve_image(aws: Aws, repository: str, commit: CommitSha) -> ImageDigest:
    """The digest of the image that was pushed under this commit as its tag.

    Raises Refused when the repository or such an image is not there.
    """
    found = _describe(aws, repository, {"imageTag": commit})
    if found is None:
        raise Refused(
            f"The ECR repository {repository} holds no image of commit {commit}; {_newest(aws, repository)}.",
            next_step=f"Push one with: docker push {_address(aws, repository)}:{commit}",
        )
    return _DIGEST.validate_python(found["imageDigest"])


@aws_errors()
def image_exists(aws: Aws, repository: str, digest: ImageDigest) -> bool:
    """Whether an image with this digest is in the repository. Raises Refused when there is no repository."""
    return _describe(aws, repository, {"imageDigest": digest}) is not None


def _describe(aws: Aws, repository: str, image: ImageIdentifierTypeDef) -> ImageDetailTypeDef | None:
    try:
        found = aws.ecr.describe_images(repositoryName=repository, imageIds=[image])
    except aws.ecr.exceptions.ImageNotFoundException:
        return None
    except aws.ecr.exceptions.RepositoryNotFoundException as error:
        raise Refused(
            f"There is no ECR repository {repository} in {aws.region}.",
            next_step="Run the initial-deployment scenario, or correct aws.repository in the TOML file.",
        ) from error
    return found["imageDetails"][0]


def _newest(aws: Aws, repository: str) -> str:
    pages = aws.ecr.get_paginator("describe_images").paginate(
        repositoryName=repository, filter={"tagStatus": "TAGGED"}
    )
    images = sorted(
        (image for page in pages for image in page["imageDetails"] if image.get("imageTags")),
        key=lambda image: image["imagePushedAt"],
        reverse=True,
    )
    if not images:
        return "it is empty"
    return "the newest are " + ", ".join(" ".join(image["imageTags"]) for image in images[:_SHOWN])


def _address(aws: Aws, repository: str) -> str:
    return aws.ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]["repositoryUri"]
