"""A probe tells what came back, and never fails itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from systems.http import probe, probe_until
from tests.systems.ticking import Clock


class _Application(BaseHTTPRequestHandler):
    warming_up = 0

    def do_GET(self) -> None:
        if self.path == "/warm" and _Application.warming_up > 0:
            _Application.warming_up -= 1
            self.send_response(503)
        elif self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/health")
        elif self.path == "/broken":
            self.send_response(500)
        else:
            self.send_response(200)
        self.end_headers()
        self.wfile.write(b"healthy " * 1000)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is written: the tests look at answers."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_an_answer_as_expected_carries_the_beginning_of_its_body(url: str) -> None:
    answer = probe(url, "/health")
    assert answer.as_expected
    assert answer.url == f"{url}health"
    assert answer.body == ("healthy " * 25)
    assert answer.summary.startswith("200 after ")


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/moved", 301)])
def test_another_status_is_told_and_redirects_are_not_followed(url: str, path: str, status: int) -> None:
    answer = probe(url, path)
    assert (answer.status, answer.as_expected) == (status, False)
    assert answer.summary.endswith("expected 200")


def test_nobody_listening_is_an_answer_too() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    answer = probe(f"http://127.0.0.1:{port}", "/health")
    assert (answer.status, answer.as_expected) == (None, False)
    assert "refused" in answer.summary
    assert not answer.unresolved


@pytest.mark.parametrize(
    ("said", "unresolved"), [(socket.EAI_NONAME, True), (socket.EAI_NODATA, True), (socket.EAI_AGAIN, False)]
)
def test_a_name_without_an_address_is_told_from_a_resolver_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, said: int, unresolved: bool
) -> None:
    """The one needs a DNS record, the other says nothing of the name."""

    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(said, "resolved to nothing")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    answer = probe("https://api.example.org", "/health")
    assert (answer.status, answer.unresolved) == (None, unresolved)
    assert answer.summary == f"no answer ([Errno {said}] resolved to nothing)"


def test_silence_ends_at_the_time_limit() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        answer = probe(f"http://127.0.0.1:{silent.getsockname()[1]}", "/health", timeout_seconds=0.1)
    assert answer.status is None
    assert "timed out" in answer.summary


def test_an_address_that_is_none_is_an_answer_too() -> None:
    assert not probe("not an address", "/health").as_expected


def test_waiting_for_an_application_tells_only_what_changes(url: str) -> None:
    _Application.warming_up = 3
    told: list[str] = []
    answer = probe_until(url, "/warm", Clock().pace(60), told.append)
    assert answer.as_expected
    assert [sentence.split(" ")[2] for sentence in told] == ["503", "200"]


def test_waiting_ends_at_the_deadline_with_the_last_answer(url: str) -> None:
    assert probe_until(url, "/broken", Clock().pace(6), print).status == 500
