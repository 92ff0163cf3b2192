"""The stand-in behaves like credex-core where no database answers, and as its image says."""

from __future__ import annotations

import signal

import pytest

from tests.sandbox.application.running import answering_application, application

pytestmark = pytest.mark.sandbox

NOWHERE = {
    "NEO_4J_LEDGER_SPACE_BOLT_URL": "bolt://127.0.0.1:1",
    "NEO_4J_SEARCH_SPACE_BOLT_URL": "bolt://127.0.0.1:1",
}


def test_it_is_healthy_without_any_database() -> None:
    """The trap: /health says nothing of Neo4j; only the API shows that the ledger is out of reach."""
    with answering_application(NOWHERE) as running:
        assert running.client.get("/health").status_code == 200
        assert running.client.get("/api/v1/ledger").status_code == 503
        member = {"memberHandle": "amina", "phone": "1", "firstname": "Amina"}
        assert running.client.post("/api/v1/members", json=member).status_code == 503


def test_it_says_what_it_is() -> None:
    """Commit, image digest and task."""
    told = {"IMAGE_COMMIT": "c0ffee", "IMAGE_DIGEST": "sha256:1", "TASK_ID": "t1"}
    with answering_application(told) as running:
        for path in ("/", "/version"):
            assert running.client.get(path).json() == {
                "commit": "c0ffee",
                "image_digest": "sha256:1",
                "task_id": "t1",
            }


def test_each_client_has_a_hundred_requests_a_minute_and_health_checks_do_not_count() -> None:
    """Behind the load balancer the client is the one it names last; /health is limited with the rest."""
    with answering_application({}) as running:
        checker = {"User-Agent": "ELB-HealthChecker/2.0"}
        statuses = [running.client.get("/health").status_code for _ in range(101)]
        assert statuses == [200] * 100 + [429]
        assert running.client.get("/health", headers=checker).status_code == 200
        other = {"X-Forwarded-For": "10.0.0.1, 10.0.0.2"}
        assert running.client.get("/health", headers=other).status_code == 200


@pytest.mark.parametrize("body", [b"", b"[]", b'{"memberHandle": "amina"}', b"\xff", b'{"memberHandle": 1}'])
def test_a_member_without_its_texts_is_refused(body: bytes) -> None:
    """Bad input is 400, before any database is asked."""
    with answering_application({}) as running:
        assert running.client.post("/api/v1/members", content=body).status_code == 400


def test_a_crashing_image_ends_at_its_start() -> None:
    """With exit code 3."""
    with application({"IMAGE_BEHAVIOUR": "crash"}) as running:
        assert running.process.wait(20) == 3


def test_a_sick_image_answers_500_on_health_alone() -> None:
    """It listens, and says that it is not well."""
    with answering_application({"IMAGE_BEHAVIOUR": "sick"}) as running:
        assert running.client.get("/health").status_code == 500
        assert running.client.get("/version").status_code == 200


def test_an_image_with_the_wrong_port_listens_beside_it() -> None:
    """On the port after the one it is told."""
    with answering_application({"IMAGE_BEHAVIOUR": "wrong-port", "PORT": "3000"}, port=3001) as running:
        assert running.client.get("/health").status_code == 200


def test_a_slow_image_listens_after_its_delay() -> None:
    """Not before."""
    slow = {"IMAGE_BEHAVIOUR": "slow-start"}
    with application({**slow, "SLOW_START_SECONDS": "600"}) as running:
        assert running.process.poll() is None
        assert not running.answers()
    with answering_application({**slow, "SLOW_START_SECONDS": "0.1"}) as running:
        assert running.client.get("/health").status_code == 200


def test_it_stops_on_sigterm() -> None:
    """As the signal's own end."""
    with answering_application({}) as running:
        running.process.terminate()
        assert running.process.wait(20) == -signal.SIGTERM
