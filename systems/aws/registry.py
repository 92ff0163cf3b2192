"""Images in ECR: from a commit to the digest that is deployed. Tags are for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from models.errors import Refused
from models.names import CommitSha, ImageDigest
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef, ImageIdentifierTypeDef, RepositoryTypeDef

_DIGEST = TypeAdapter(ImageDigest)
_SHOWN = 3
_INDEXES = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
}


class Registry:
    """The image repositories of the account."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    @aws_errors()
    def resolve_image(self, repository: str, commit: CommitSha) -> ImageDigest:
        """The digest of the image that was pushed with this commit as its tag.

        Raises Refused when the repository or such an image is not there.
        """
        found = self._describe(repository, {"imageTag": commit})
        if found is None:
            there = self._newest(repository)
            raise Refused(
                f"The ECR repository {repository} holds no image of commit {commit}; {there}.",
                next_step=f"Push one with: docker push {self._address(repository)}:{commit}",
            )
        return _DIGEST.validate_python(found["imageDigest"])

    @aws_errors()
    def image_exists(self, repository: str, digest: ImageDigest) -> bool:
        """Whether the repository holds an image of this digest. Raises Refused without a repository."""
        return self._describe(repository, {"imageDigest": digest}) is not None

    @aws_errors()
    def require_same_by_tag(self, repository: str, commit: CommitSha, digest: ImageDigest) -> None:
        """Raise Refused where an image that is deployed by its tag, the commit, may turn out to be another.

        That is where tags may be moved, where this one was, and where it names an index: ECS then tells the
        digest of one platform's part, which proves nothing of the whole.
        """
        self._require_immutable_tags(repository)
        found = self._describe(repository, {"imageTag": commit})
        if found is None or found["imageDigest"] != digest:
            raise Refused(
                f"The tag {commit[:12]} of {repository} in ECR does not name {digest[:19]} any more.",
                next_step="Find out who moved it, and deploy that commit anew.",
            )
        if found.get("imageManifestMediaType") in _INDEXES:
            raise Refused(
                f"The tag {commit[:12]} of {repository} in ECR names an index of images, not one.",
                next_step="Build for one platform and without provenance, or give the root module a variable "
                "for image_digest.",
            )

    def _require_immutable_tags(self, repository: str) -> None:
        if self._repository(repository).get("imageTagMutability") != "IMMUTABLE":
            raise Refused(
                f"Images are deployed by their tags here, and those of {repository} in ECR may be moved.",
                next_step=f"Run: aws ecr put-image-tag-mutability --repository-name {repository} "
                "--image-tag-mutability IMMUTABLE, or give the root module a variable for image_digest.",
            )

    def _describe(self, repository: str, image: ImageIdentifierTypeDef) -> ImageDetailTypeDef | None:
        ecr = self._aws.ecr
        try:
            found = ecr.describe_images(repositoryName=repository, imageIds=[image])
        except ecr.exceptions.ImageNotFoundException:
            return None
        except ecr.exceptions.RepositoryNotFoundException as error:
            raise self._no_repository(repository) from error
        return found["imageDetails"][0]

    def _newest(self, repository: str) -> str:
        pages = self._aws.ecr.get_paginator("describe_images").paginate(
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

    def _address(self, repository: str) -> str:
        return self._repository(repository)["repositoryUri"]

    def _repository(self, repository: str) -> RepositoryTypeDef:
        ecr = self._aws.ecr
        try:
            return ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]
        except ecr.exceptions.RepositoryNotFoundException as error:
            raise self._no_repository(repository) from error

    def _no_repository(self, repository: str) -> Refused:
        return Refused(
            f"There is no ECR repository {repository} in {self._aws.region}.",
            next_step="Run the initial-deployment scenario, or correct aws.repository in the TOML file.",
        )
