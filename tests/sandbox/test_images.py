"""Images are pushed as CI would, and are what their digest says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.ecs.mends import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.server import LocalAws
from sandbox.images import digest_of, ensure_repository, push_image
from tests.sandbox.aws.conftest import clients_of

COMMIT = "c0ffee" * 6 + "abcd"


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    """Clients of a new account."""
    aws = LocalAws(0, mends=MENDS, reconcilers=())
    aws.start()
    yield clients_of(aws.url)
    aws.stop()


@pytest.fixture
def repository(clients: Clients, request: pytest.FixtureRequest) -> str:
    """An empty repository of the test's own."""
    name = f"test-{abs(hash(request.node.name))}"
    ensure_repository(clients("ecr"), name)
    return name


def test_a_pushed_image_is_found_by_its_commit_and_by_its_digest(clients: Clients, repository: str) -> None:
    """The digest is the manifest's, and the manifest names commit and behaviour."""
    ecr = clients("ecr")
    digest = push_image(ecr, repository, COMMIT, "slow-start")

    by_tag = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": COMMIT}])["imageDetails"]
    assert [image["imageDigest"] for image in by_tag] == [digest]
    by_digest = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["images"]
    manifest = by_digest[0]["imageManifest"]
    assert digest_of(manifest) == digest
    annotations = json.loads(manifest)["annotations"]
    assert annotations["org.opencontainers.image.revision"] == COMMIT
    assert annotations["credex.sandbox.behaviour"] == "slow-start"


def test_pushing_again_changes_nothing(clients: Clients, repository: str) -> None:
    """The same commit and behaviour give the same image; so does making the repository again."""
    ecr = clients("ecr")
    ensure_repository(ecr, repository)
    assert push_image(ecr, repository, COMMIT) == push_image(ecr, repository, COMMIT)
    assert len(ecr.describe_images(repositoryName=repository)["imageDetails"]) == 1


def test_a_commit_is_never_given_another_image(clients: Clients, repository: str) -> None:
    """Tags are immutable: what was deployed as a commit stays that commit."""
    ecr = clients("ecr")
    first = push_image(ecr, repository, COMMIT)
    with pytest.raises(ecr.exceptions.ImageTagAlreadyExistsException):
        push_image(ecr, repository, COMMIT, "crash")
    (image,) = ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert (image["imageDigest"], image["imageTags"]) == (first, [COMMIT])


def test_a_digest_that_is_not_the_manifests_is_refused(clients: Clients, repository: str) -> None:
    """As a registry does, whatever the client says."""
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatch"):
        clients("ecr").put_image(
            repositoryName=repository,
            imageManifest='{"schemaVersion": 2}',
            imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
            imageTag=COMMIT,
            imageDigest="sha256:" + "0" * 64,
        )
