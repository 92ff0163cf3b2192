"""A fresh AWS for each test: an HTTP server on a free loopback port, reset in between."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from systems.aws.session import Aws

REGION: Final = "af-south-1"


_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="package")
def _aws_server() -> Iterator[str]:
    """The server's address; it is a process of its own, which ends when its input does.

    In this process it would share its state, and the resets, with a local AWS of the sandbox.
    """
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="package")
def _connection() -> Aws:
    return Aws(REGION)


@pytest.fixture
def aws(_aws_server: str, _connection: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """An empty AWS account, reached as production reaches it: through the environment's variables."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", _aws_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    httpx.post(f"{_aws_server}/moto-api/reset", timeout=60).raise_for_status()
    return _connection


@pytest.fixture
def unused_port() -> int:
    """A loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def bucket(aws: Aws) -> str:
    """An empty, versioned bucket."""
    name = "releases-of-testing"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def key_alias(aws: Aws) -> str:
    """The alias of a key."""
    alias = "alias/testing"
    key_id = aws.kms.create_key()["KeyMetadata"]["KeyId"]
    aws.kms.create_alias(AliasName=alias, TargetKeyId=key_id)
    return alias
