"""The local AWS starts as a new account, on loopback alone, and says so when it cannot."""

from __future__ import annotations

import os
import socket
import struct

import httpx
import pytest

from models.errors import SetUpError
from sandbox.aws.backends import LOCK
from sandbox.aws.credentials import ACCESS_KEY
from sandbox.aws.machine_images import MACHINE_IMAGES
from sandbox.aws.server import LocalAws
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.aws.waiting import until


def test_each_start_is_a_new_account_with_the_known_images_and_managed_policies() -> None:
    for _ in range(2):
        server = LocalAws(0, mends=(), reconcilers=())
        server.start()
        try:
            aws = clients_of(server.url)
            assert aws("s3").list_buckets()["Buckets"] == []
            aws("s3").create_bucket(
                Bucket="kept-nowhere", CreateBucketConfiguration={"LocationConstraint": "af-south-1"}
            )
            images = aws("ec2").describe_images(ImageIds=list(MACHINE_IMAGES))["Images"]
            assert len(images) == len(MACHINE_IMAGES)
            arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
            assert aws("iam").get_policy(PolicyArn=arn)["Policy"]["IsAttachable"]
            assert os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] == "false", (
                "every moto started from here is slow"
            )
        finally:
            server.stop()


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SetUpError, match=f"127.0.0.1:{port}"):
            LocalAws(port, mends=(), reconcilers=()).start()


def test_a_reconciler_that_fails_is_counted_and_shown_and_goes_on() -> None:
    class Failing:
        name = "failing"
        closed = False

        def step(self) -> None:
            raise RuntimeError("cannot do it")

        def close(self) -> None:
            self.closed = True

    reconciler = Failing()
    server = LocalAws(0, mends=(), reconcilers=[reconciler])
    server.start()
    try:
        until(lambda: server.reconcilers()[0].errors > 1, what="a second error")
        [shown] = httpx.get(server.health_url, timeout=60).json()["reconcilers"]
    finally:
        server.stop()
    assert shown["errors"] >= 2
    assert shown["last_error"] == "RuntimeError: cannot do it"
    assert reconciler.closed


def test_an_answer_that_its_client_did_not_take_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """AWS has done then what the client does not know of: whoever looks for the reason finds it."""
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    try:
        with LOCK, socket.create_connection((host, int(port))) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Length: 0\r\n\r\n")
        until(lambda: "was not taken" in caplog.text, what="a word in the log")
    finally:
        server.stop()
    assert "The answer to POST / (unsigned)" in caplog.text


def test_an_answer_leaves_whole() -> None:
    """A client that reads no more than what came first has all of it: so may Go's, on a busy machine."""
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    answers = []
    try:
        for _ in range(50):
            with socket.create_connection((host, int(port))) as client:
                client.sendall(b"POST / HTTP/1.1\r\nHost: iam.amazonaws.com\r\nContent-Length: 0\r\n\r\n")
                answers.append(client.recv(1 << 16))
    finally:
        server.stop()
    for answer in answers:
        headers, _, body = answer.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}\r\n".encode() in headers
        assert body


def test_a_client_that_asks_whether_to_go_on_is_told_before_it_sends_its_body() -> None:
    """Botocore asks with each upload to S3, and waits a second for a server that keeps its answer back."""
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    credential = f"{ACCESS_KEY}/20260101/af-south-1/s3/aws4_request"
    try:
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(
                b"PUT /bucket/key HTTP/1.1\r\nHost: s3.amazonaws.com\r\n"
                + f"Authorization: AWS4-HMAC-SHA256 Credential={credential}\r\n".encode()
                + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            )
            told = client.recv(1 << 16)
            client.sendall(b"body")
            answer = client.recv(1 << 16)
    finally:
        server.stop()
    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b"NoSuchBucket" in answer


def test_after_stop_the_port_is_free() -> None:
    server = LocalAws(0, mends=(), reconcilers=())
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    server.stop()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, int(port)))
