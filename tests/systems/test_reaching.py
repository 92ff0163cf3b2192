"""Asking through a load balancer ends when every task has answered, and never goes on for ever."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.environment import ServiceSettings, TaskIdentity
from models.traffic import Target
from systems.reaching import MOST_REQUESTS, ask_by_name, ask_directly, ask_without_names

IDENTITY = TaskIdentity(path="/version", key="task_id")


class _Balancer(BaseHTTPRequestHandler):
    """Answers for two tasks in turn, with an answer longer than what is kept of others."""

    turns = itertools.count()

    def do_GET(self) -> None:
        self.send_response(429 if self.path == "/limited" else 200)
        self.end_headers()
        task = ("one", "two")[next(_Balancer.turns) % 2]
        answer = {"/version": {"padding": "x" * 500, "task_id": task}, "/list": ["one"]}
        self.wfile.write(json.dumps(answer.get(self.path, {})).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is written: the tests look at answers."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Balancer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_it_ends_when_each_task_has_answered(port: int) -> None:
    asked = ask_by_name(f"http://127.0.0.1:{port}", IDENTITY, {"one", "two"})
    assert (set(asked.tasks), len(asked.answers)) == ({"one", "two"}, 2)


def test_a_task_that_never_answers_does_not_keep_it_for_ever(port: int) -> None:
    asked = ask_by_name(f"http://127.0.0.1:{port}", IDENTITY, {"one", "three"})
    assert len(asked.answers) == MOST_REQUESTS
    assert "three" not in asked.tasks


@pytest.mark.parametrize("path", ["/list", "/nothing"])
def test_an_answer_without_a_name_names_nobody(port: int, path: str) -> None:
    identity = TaskIdentity(path=path, key="task_id")
    assert ask_by_name(f"http://127.0.0.1:{port}", identity, {"one"}).tasks == set()


def test_asked_to_slow_down_it_stops(port: int) -> None:
    identity = TaskIdentity(path="/limited", key="task_id")
    assert len(ask_by_name(f"http://127.0.0.1:{port}", identity, {"one"}).answers) == 1


def test_without_names_each_target_has_its_turns(port: int) -> None:
    asked = ask_without_names(f"http://127.0.0.1:{port}", ServiceSettings(), 2)
    assert (len(asked.answers), asked.failures) == (6, [])


def test_outside_of_the_network_the_first_silence_is_enough(port: int) -> None:
    here = Target(address="127.0.0.1", port=port, state="healthy")
    nowhere = Target(address="127.0.0.1", port=1, state="healthy")
    assert [one.status for one in ask_directly([here, nowhere, here], "/health")] == [200, None]
