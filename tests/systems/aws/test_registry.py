"""A commit is deployed by the digest of its image, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from models.errors import Refused
from systems.aws.registry import Registry
from systems.aws.session import Aws
from tests.systems.aws.images import push

COMMITS = [character * 40 for character in "abcde"]


@pytest.fixture
def repository(aws: Aws) -> str:
    aws.ecr.create_repository(repositoryName="credex-core", imageTagMutability="IMMUTABLE")
    return "credex-core"


def test_a_commit_resolves_to_the_digest_that_was_pushed_for_it(aws: Aws, repository: str) -> None:
    digests = {commit: push(aws, repository, commit) for commit in COMMITS}
    assert {commit: Registry(aws).resolve_image(repository, commit) for commit in COMMITS} == digests


def test_a_commit_without_an_image_is_refused_with_what_there_is_and_how_to_push(
    aws: Aws, repository: str
) -> None:
    push(aws, repository, COMMITS[0])
    with pytest.raises(Refused) as caught:
        Registry(aws).resolve_image(repository, COMMITS[1])
    assert COMMITS[1] in caught.value.problem
    assert f"the newest are {COMMITS[0]}" in caught.value.problem
    assert f"/{repository}:{COMMITS[1]}" in caught.value.next_step


def test_the_three_pushed_last_are_named_newest_first(aws: Aws, repository: str) -> None:
    """The days of pushing are played at the wire: the server would give all images the same second."""
    images = [
        {"imageTags": [commit], "imagePushedAt": datetime(2026, 1, day, tzinfo=UTC)}
        for commit, day in zip(COMMITS, [4, 1, 5, 3, 2], strict=True)
    ]
    wire = Stubber(aws.ecr)
    wire.add_client_error("describe_images", "ImageNotFoundException")
    wire.add_response("describe_images", {"imageDetails": images})
    wire.add_response("describe_repositories", {"repositories": [{"repositoryUri": "registry/credex-core"}]})
    with wire, pytest.raises(Refused) as caught:
        Registry(aws).resolve_image(repository, "f" * 40)
    assert ", ".join([COMMITS[2], COMMITS[0], COMMITS[3]]) + "." in caught.value.problem


def test_an_empty_repository_is_said_to_be_empty(aws: Aws, repository: str) -> None:
    with pytest.raises(Refused, match="it is empty"):
        Registry(aws).resolve_image(repository, COMMITS[0])


def test_a_missing_repository_is_refused_by_name(aws: Aws) -> None:
    with pytest.raises(Refused, match="no ECR repository elsewhere"):
        Registry(aws).resolve_image("elsewhere", COMMITS[0])


def test_tags_that_may_be_moved_are_refused_where_images_are_deployed_by_them(
    aws: Aws, repository: str
) -> None:
    """What was approved would not be what runs."""
    commit, digest = COMMITS[0], push(aws, repository, COMMITS[0])
    Registry(aws).require_same_by_tag(repository, commit, digest)
    aws.ecr.create_repository(repositoryName="loose", imageTagMutability="MUTABLE")
    push(aws, "loose", commit)
    with pytest.raises(Refused, match="loose in ECR may be moved"):
        Registry(aws).require_same_by_tag("loose", commit, digest)
    with pytest.raises(Refused, match="no ECR repository nowhere"):
        Registry(aws).require_same_by_tag("nowhere", commit, digest)


def test_a_tag_that_names_another_image_or_an_index_is_refused(aws: Aws, repository: str) -> None:
    """An immutable tag can be deleted and pushed again; of an index ECS tells one part's digest."""
    push(aws, repository, COMMITS[0])
    with pytest.raises(Refused, match="does not name sha256:2"):
        Registry(aws).require_same_by_tag(repository, COMMITS[0], "sha256:" + "2" * 64)
    with pytest.raises(Refused, match="does not name sha256:2"):
        Registry(aws).require_same_by_tag(repository, COMMITS[1], "sha256:" + "2" * 64)
    index = push(aws, repository, COMMITS[2], "application/vnd.oci.image.index.v1+json")
    with pytest.raises(Refused, match="names an index"):
        Registry(aws).require_same_by_tag(repository, COMMITS[2], index)


def test_an_image_is_found_by_its_digest(aws: Aws, repository: str) -> None:
    digest = push(aws, repository, COMMITS[0])
    assert Registry(aws).image_exists(repository, digest)
    assert not Registry(aws).image_exists(repository, "sha256:" + "0" * 64)
