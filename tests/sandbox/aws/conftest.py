"""Two servers for the tests: moto as it is installed, and the local AWS with its mends."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sandbox.aws.backends import REGION
from sandbox.aws.credentials import ACCESS_KEY
from sandbox.aws.mends.catalogue import MENDS
from sandbox.aws.mends.mend import Clients
from sandbox.aws.server import LocalAws

_STOCK_MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


def clients_of(url: str, access_key: str = ACCESS_KEY) -> Clients:
    """Make boto3 clients of one server; nothing is tried twice."""
    session = boto3.Session(aws_access_key_id=access_key, aws_secret_access_key="secret", region_name=REGION)
    config = Config(retries={"total_max_attempts": 1})

    @functools.cache
    def client(service: str) -> Any:  # noqa: ANN401 - boto3 builds its clients at run time
        return session.client(service, endpoint_url=url, config=config)  # type: ignore[call-overload]

    return client


@pytest.fixture(scope="session")
def stock() -> Iterator[Clients]:
    """Clients of moto as it is, in a process of its own, which ends when its input does."""
    with subprocess.Popen(
        [sys.executable, "-c", _STOCK_MOTO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield clients_of(f"http://127.0.0.1:{int(process.stdout.readline())}")
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def mended() -> Iterator[Clients]:
    """Clients of a new account on a mended server without live parts."""
    server = LocalAws(0, mends=MENDS, reconcilers=())
    server.start()
    yield clients_of(server.url)
    server.stop()
