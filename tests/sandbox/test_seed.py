"""A fresh sandbox has what operators and CI would have done before the first deployment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.environment import Environment, SecretSource
from models.errors import Refused
from sandbox.environments import read_environments
from sandbox.pushing import head_of_branch, push_commit, push_image_everywhere
from sandbox.seed import seed
from systems.aws.session import Aws
from tests.conftest import RunningSandbox

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _inside(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)


def digests_of(environment: Environment, commit: str) -> list[str]:
    """The digests of the commit's images in the environment's repository."""
    found = Aws(environment.aws.region).ecr.describe_images(
        repositoryName=environment.aws.repository, imageIds=[{"imageTag": commit}]
    )
    return [image["imageDigest"] for image in found["imageDetails"]]


def test_every_environment_has_its_operators_secrets_and_its_newest_image(sandbox: RunningSandbox) -> None:
    for environment in read_environments(sandbox.settings):
        aws = Aws(environment.aws.region)
        operators = [
            secret.parameter
            for secret in environment.secrets.values()
            if secret.source is SecretSource.OPERATOR
        ]
        names = [environment.github.token_parameter, *operators]
        found = aws.ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"]
        assert {parameter["Name"] for parameter in found} == set(names)
        assert {parameter["Type"] for parameter in found} == {"SecureString"}
        head = head_of_branch(sandbox.settings, environment)
        assert len(digests_of(environment, head)) == 1


def test_seeding_again_changes_no_secret(sandbox: RunningSandbox) -> None:
    environment = read_environments(sandbox.settings)[0]
    ssm = Aws(environment.aws.region).ssm
    name = environment.secrets["CLIENT_API_KEY"].parameter
    before = ssm.get_parameter(Name=name)["Parameter"]["Version"]
    seed(sandbox.settings)
    assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == before


def test_a_pushed_commit_is_the_branchs_head_and_its_image_is_in_every_repository(
    sandbox: RunningSandbox,
) -> None:
    environments = read_environments(sandbox.settings)
    commit = push_commit(sandbox.settings, environments[0], "Try something")
    digest = push_image_everywhere(sandbox.settings, commit, "ok")
    assert head_of_branch(sandbox.settings, environments[0]) == commit
    for environment in environments:
        assert digests_of(environment, commit) == [digest]


@pytest.fixture
def broken(sandbox: RunningSandbox) -> Iterator[tuple[str, str]]:
    """The newest commit and its image, which is sick; a good one follows it."""
    environment = read_environments(sandbox.settings)[0]
    commit = push_commit(sandbox.settings, environment, "Break something")
    yield commit, push_image_everywhere(sandbox.settings, commit, "sick")
    push_image_everywhere(sandbox.settings, push_commit(sandbox.settings, environment, "Mend it"))


def test_seeding_again_leaves_the_image_that_the_newest_commit_has(
    sandbox: RunningSandbox, broken: tuple[str, str]
) -> None:
    commit, digest = broken
    seed(sandbox.settings)
    for environment in read_environments(sandbox.settings):
        assert digests_of(environment, commit) == [digest]


def test_a_commit_gets_no_second_image_and_whoever_pushes_it_reads_why(sandbox: RunningSandbox) -> None:
    commit = head_of_branch(sandbox.settings, read_environments(sandbox.settings)[0])
    with pytest.raises(Refused, match="already has another image") as refused:
        push_image_everywhere(sandbox.settings, commit, "wrong-port")
    assert "leave --commit out" in refused.value.next_step
