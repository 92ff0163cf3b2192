"""No secret is anywhere but where it belongs: in SSM, sealed at GitHub, and with the process that uses it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deployments.runs import prefect
from models.environment import Environment, SecretSource
from models.names import Slot
from sandbox.settings import SandboxSettings
from sandbox.tokens import DEPLOYER, INSPECTOR, read_or_make_token
from systems.aws.session import Aws
from systems.environments import environment_names, load_environment
from tests.conftest import RunningSandbox
from tests.scenarios.conftest import APPROVER
from tests.scenarios.front_door import answer, finish, wait_for_question
from tests.scenarios.place import Place
from tests.scenarios.search import Secret, command_lines, files, found_in, objects, rows, secrets_of

pytestmark = pytest.mark.sandbox

TOKENS = "tokens"
"""Where the sandbox keeps the tokens that its GitHub knows; each file is its owner's alone."""


def values_of(settings: SandboxSettings) -> dict[str, str]:
    """Every secret of this sandbox, by its name: what SSM keeps, and the tokens of its GitHub."""
    environments = [
        load_environment(name, settings.environments) for name in environment_names(settings.environments)
    ]
    harmless = {name for environment in environments for name in _harmless(environment)}
    kept = {name: value for name, value in _secure_strings() if name not in harmless}
    tokens = {name: read_or_make_token(settings.home, name) for name in (DEPLOYER, INSPECTOR)}
    return kept | tokens


def _harmless(environment: Environment) -> Iterator[str]:
    """The parameters of values that are no secrets: logins, and where the databases of either slot are."""
    for setting in environment.secrets.values():
        if setting.source not in {SecretSource.GENERATED, SecretSource.OPERATOR}:
            yield setting.parameter
    for database in environment.databases.values():
        yield from (environment.in_slot(slot).slot_parameter(database.url_key) for slot in Slot)


def _secure_strings() -> Iterator[tuple[str, str]]:
    ssm = Aws("af-south-1").ssm
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/", Recursive=True, WithDecryption=True
    )
    for page in pages:
        for parameter in page["Parameters"]:
            if parameter["Type"] == "SecureString":
                yield parameter["Name"], parameter["Value"]


@pytest.fixture(scope="module")
def waiting(to_be_rejected: UUID) -> Iterator[UUID]:
    """A run that waits for an approval of a plan of everything, which is saved meanwhile."""
    question = wait_for_question(to_be_rejected)
    yield to_be_rejected
    answer(question, decision="reject", approver=APPROVER)
    finish(to_be_rejected)


@pytest.fixture(scope="module")
def secrets(sandbox: RunningSandbox, staging: Place, waiting: UUID) -> list[Secret]:
    """All secrets, after an environment was built and another one is about to be."""
    values = values_of(sandbox.settings)
    used = [setting.parameter for setting in staging.environment.secrets.values()]
    assert len(set(used) & set(values)) == 5  # two passwords, JWT_SECRET, two of operators
    assert staging.environment.github.token_parameter in values
    return secrets_of(values)


def test_no_secret_is_in_any_row_of_prefects_database(sandbox: RunningSandbox, secrets: list[Secret]) -> None:
    """Logs, states, parameters, artifacts, events, inputs: all that its server keeps."""
    assert found_in(rows(_database(sandbox.settings.home)), secrets) == []


def test_no_secret_is_in_any_file_of_the_sandbox(sandbox: RunningSandbox, secrets: list[Secret]) -> None:
    """Prefect's files with kept results, the runs' folders, all logs, settings, GitHub's store, databases."""
    assert found_in(files(sandbox.settings.home, without=[TOKENS]), secrets) == []


def test_no_secret_is_in_any_bucket(secrets: list[Secret], waiting: UUID) -> None:
    """Terraform's states, the deployment log, and the plan that is saved until somebody approves it."""
    contents = dict(objects(Aws("af-south-1")))
    assert any(f"/plans/{waiting}/" in place for place in contents)
    assert found_in(contents.items(), secrets) == []


def test_no_secret_is_on_any_command_line(secrets: list[Secret]) -> None:
    """Which everybody on the machine may read."""
    assert found_in(command_lines(), secrets) == []


def _database(home: Path) -> Path:
    return home / "prefect" / "prefect.db"


def test_a_secret_would_be_found_in_prefects_database(sandbox: RunningSandbox) -> None:
    """Planted as a variable, in the middle of a long value."""
    with planted_in_prefect() as secret:
        assert found_in(rows(_database(sandbox.settings.home)), [secret])


@contextmanager
def planted_in_prefect() -> Iterator[Secret]:
    """A made-up secret that Prefect's server keeps for the time being."""
    planted, secret = _made_up()
    with prefect() as client:
        body = {"name": f"planted-{uuid4().hex[:8]}", "value": "x" * 2000 + planted + "x" * 2000}
        variable = client.request("POST", "/variables/", json=body).json()
        try:
            yield secret
        finally:
            client.request("DELETE", "/variables/{id}", path_params={"id": variable["id"]})


def test_a_secret_would_be_found_in_a_file(tmp_path: Path) -> None:
    """In clear, and inside a pickled result at any offset, as Prefect keeps them."""
    planted, secret = _made_up()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "release.json").write_text(f'{{"password": "{planted}"}}')
    for offset in range(3):
        result = pickle.dumps({"." * offset: planted})
        (tmp_path / f"result-{offset}").write_bytes(_armoured(result))
    assert len(found_in(files(tmp_path), [secret])) == 4
    assert len(found_in(files(tmp_path, without=["runs"]), [secret])) == 3


def _armoured(result: bytes) -> bytes:
    from prefect.serializers import PickleSerializer  # noqa: PLC0415

    return PickleSerializer().dumps(result)


def test_a_secret_would_be_found_in_a_bucket(staging: Place) -> None:
    """In an earlier version too, though the newest is clean."""
    planted, secret = _made_up()
    bucket, key = staging.environment.aws.releases_bucket, f"planted/{uuid4()}"
    s3 = staging.aws.s3
    versions = [
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())["VersionId"] for body in (planted, "clean")
    ]
    try:
        assert found_in(objects(staging.aws), [secret]) == [f"planted in s3://{bucket}/{key}"]
    finally:
        for version in versions:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


def test_a_secret_would_be_found_on_a_command_line() -> None:
    """As an argument of any process."""
    planted, secret = _made_up()
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", planted], stdin=-1)
    try:
        assert found_in(command_lines(), [secret])
    finally:
        process.communicate()


def _made_up() -> tuple[str, Secret]:
    value = f"planted-{uuid4().hex}"
    return value, Secret.of("planted", value)
