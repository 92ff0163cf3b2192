"""Workers without a shared disk: what one keeps another finds, and nobody goes on without what was kept."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.results import get_default_result_storage
from prefect.settings import temporary_settings

from deployments import shared_results
from deployments.shared_results import share_results
from deployments.worker import SHARED_RESULTS
from models.errors import SetUpError
from systems.aws.session import Aws
from systems.settings import Settings
from tasks import results
from tasks.results import BLOCK_NAME, BLOCK_TYPE, ResultsOutOfReach, TeamResults
from tasks.steps import step

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_api", "aws_url")]

REGION = "af-south-1"
BLOCK = SHARED_RESULTS["PREFECT_RESULTS_DEFAULT_STORAGE_BLOCK"]
SHARED = Settings(results_bucket="results-of-a-team")
ALONE = Settings(results_bucket=None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of one local AWS for all tests of this file."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    server.stop()


@pytest.fixture
def aws_url(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty AWS account, and a pool whose workers have shared nothing yet.

    All workers have one connection to it: to make one for each would cost seconds.
    """
    httpx.post(f"{server}/moto-api/reset", timeout=60).raise_for_status()
    known = {"ENDPOINT_URL": server, "ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing"}
    for name, value in (known | {"DEFAULT_REGION": REGION}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(shared_results, "Aws", connection)
    results._results.cache_clear()
    yield server
    results._results.cache_clear()
    forget()


@cache
def connection(region: str) -> Aws:
    """The tests' only one."""
    return Aws(region)


def forget() -> None:
    """As an operator does to change the bucket."""
    with get_client(sync_client=True) as client:
        try:
            found = client.read_block_document_by_name(BLOCK_NAME, BLOCK_TYPE)
        except ObjectNotFound:
            return
        client.request("DELETE", "/block_documents/{id}", path_params={"id": found.id})


def kept() -> list[str]:
    """The keys of what the bucket holds."""
    found = connection(REGION).s3.list_objects_v2(Bucket=str(SHARED.results_bucket)).get("Contents", [])
    return [item["Key"] for item in found]


def test_a_worker_alone_keeps_its_results_on_its_own_disk() -> None:
    share_results(ALONE)
    assert not isinstance(get_default_result_storage(), TeamResults)


def test_a_step_that_one_worker_did_is_not_done_by_another(tmp_path: Path) -> None:
    """The two have nothing in common but the bucket: the first one's disk stays empty."""
    share_results(SHARED)
    done = tmp_path / "done"

    @step("Change something")
    def change(path: str) -> int:
        with Path(path).open("a") as file:
            file.write(".")
        return len(Path(path).read_text())

    @flow
    def twice() -> list[int]:
        first = change(str(done))
        results._results.cache_clear()
        return [first, change(str(done))]

    disk = tmp_path / "disk"
    with temporary_settings({"results.default_storage_block": BLOCK, "results.local_storage_path": disk}):
        assert twice() == [1, 1]
    assert kept()
    assert not disk.exists()


@pytest.mark.exhaustive
def test_workers_that_start_at_once_agree_on_the_bucket() -> None:
    with ThreadPoolExecutor(2) as workers:
        started = [workers.submit(copy_context().run, share_results, SHARED) for _ in range(2)]
    assert [worker.result() for worker in started] == [None] * 2
    share_results(SHARED)


@pytest.mark.parametrize(
    "other", [ALONE, pytest.param(Settings(results_bucket="another-bucket"), marks=pytest.mark.exhaustive)]
)
def test_a_worker_that_would_keep_its_results_elsewhere_does_not_start(other: Settings) -> None:
    """It would do again what a run that it continues has done; the way out names what to set."""
    share_results(SHARED)
    with pytest.raises(SetUpError, match=f"CREDEX_RESULTS_BUCKET={SHARED.results_bucket}"):
        share_results(other)
    forget()
    share_results(other)


def test_results_out_of_reach_are_never_taken_for_steps_that_were_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect takes any Exception of a storage for that. Here the run crashes before the step begins."""
    share_results(SHARED)
    done = tmp_path / "done"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        monkeypatch.setattr(results, "PATIENCE_SECONDS", 0.1)

        @step("Touch a file")
        def touch(path: str) -> None:
            Path(path).touch()

        @flow
        def once() -> None:
            touch(str(done))

        with (
            temporary_settings({"results.default_storage_block": BLOCK}),
            pytest.raises(ResultsOutOfReach, match="out of reach"),
        ):
            once()
    assert not done.exists()
