"""The application with a real database: it seeds an empty ledger, and leaves its flag when killed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from neo4j import AsyncGraphDatabase, Driver, GraphDatabase

from sandbox.application import spaces
from sandbox.application.jobs import Jobs, seconds_to_midnight
from sandbox.application.settings import Settings
from sandbox.neo4j.server import Neo4jServer
from tests.sandbox.application.running import Running, answering_application
from tests.sandbox.ecs.waiting import wait_for
from tests.sandbox.neo4j.servers import LTS, PASSWORD, new_server, running

pytestmark = pytest.mark.sandbox

NOW = dt.datetime(2026, 2, 28, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neo4jServer]:
    """One server for both spaces: the application does not notice."""
    with running(new_server(LTS, tmp_path_factory.mktemp("neo4j"))) as server:
        yield server


@pytest.fixture
def driver(server: Neo4jServer) -> Iterator[Driver]:
    """A driver of the emptied server."""
    with GraphDatabase.driver(server.url, auth=("neo4j", PASSWORD)) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
        yield driver


@pytest.fixture
def variables(server: Neo4jServer) -> dict[str, str]:
    """The application's environment."""
    return {
        f"NEO_4J_{space}_SPACE_{name}": value
        for space in ("LEDGER", "SEARCH")
        for name, value in {"BOLT_URL": server.url, "USER": "neo4j", "PASS": PASSWORD}.items()
    }


def ledger(running: Running) -> dict[str, Any]:
    """Read the ledger through the application."""
    state: dict[str, Any] = running.client.get("/api/v1/ledger").json()
    return state


def test_an_empty_ledger_seeds_itself_once(driver: Driver, variables: dict[str, str]) -> None:
    """The trap: a wiped or mis-pointed ledger turns silently into a new economy; another task adds none."""
    with answering_application(variables) as first:
        wait_for("an economy", lambda: ledger(first).get("daynode"))
        state = ledger(first)
        assert state["daynode"]["date"] == dt.datetime.now(dt.UTC).date().isoformat()
        assert (state["ledger"]["daynodes"], state["ledger"]["members"], state["ledger"]["accounts"]) == (
            1,
            1,
            1,
        )
    with answering_application(variables) as second:
        wait_for("the same economy", lambda: ledger(second).get("daynode"))
        assert ledger(second)["ledger"] == state["ledger"]


def test_the_real_moment_of_seeding_is_midnight(driver: Driver, variables: dict[str, str]) -> None:
    """So an empty ledger looks quiet until 00:00 UTC."""
    midnight = {"SEED_MOMENT": "midnight", "MINUTE_JOB_PERIOD_SECONDS": "0.05"}
    with answering_application({**variables, **midnight}) as running:
        wait_for("an answer", lambda: "ledger" in ledger(running))
        member = {"memberHandle": "amina", "phone": "1", "firstname": "Amina"}
        assert running.client.post("/api/v1/members", json=member).status_code == 503
        assert ledger(running)["daynode"] is None
    assert seconds_to_midnight(dt.datetime(2026, 2, 28, 23, 59, 30, tzinfo=dt.UTC)) == 30


def test_a_member_is_written_to_both_spaces(driver: Driver, variables: dict[str, str]) -> None:
    """And a taken handle is 409."""
    driver.execute_query("CREATE CONSTRAINT IF NOT EXISTS FOR (m:Member) REQUIRE m.memberHandle IS UNIQUE")
    with answering_application(variables) as running:
        wait_for("an economy", lambda: ledger(running).get("daynode"))
        member = {"memberHandle": "amina", "phone": "1", "firstname": "Amina"}
        created = running.client.post("/api/v1/members", json=member)
        assert created.status_code == 201
        assert running.client.post("/api/v1/members", json={**member, "phone": "2"}).status_code == 409
    found, _, _ = driver.execute_query(
        "MATCH (:Member {memberID: $memberID})-[:OWNS]->(a:Account {accountID: $accountID}) "
        "RETURN COUNT { (:Account {accountID: a.accountID}) } AS copies",
        created.json(),
    )
    assert found[0]["copies"] == 2


def test_the_daily_job_opens_the_next_day_unless_its_flag_is_set(
    server: Neo4jServer, driver: Driver, variables: dict[str, str]
) -> None:
    """From nothing it makes a Daynode, then the next one; a flag left behind stops the calendar."""

    async def run_daily_jobs(count: int) -> list[dict[str, Any] | None]:
        async with AsyncGraphDatabase.driver(server.url, auth=("neo4j", PASSWORD)) as space:
            jobs = Jobs(space, Settings.from_environment(variables), clock=lambda: NOW)
            days = []
            for _ in range(count):
                await jobs.daily_job()
                days.append(await spaces.active_daynode(space))
            return days

    first, second = asyncio.run(run_daily_jobs(2))
    assert first == {"date": "2026-03-01", "MTQrunningNow": False, "DCOrunningNow": False}
    assert second == {**first, "date": "2026-03-02"}
    driver.execute_query("MATCH (d:Daynode {Active: true}) SET d.DCOrunningNow = true")
    assert asyncio.run(run_daily_jobs(1)) == [{**second, "DCOrunningNow": True}]


def test_a_killed_minute_job_leaves_its_flag_and_blocks_the_next(
    driver: Driver, variables: dict[str, str]
) -> None:
    """The trap: check, then set; nobody clears it after a kill."""
    job = {"MINUTE_JOB_PERIOD_SECONDS": "0.05", "MINUTE_JOB_DURATION_SECONDS": "600"}
    with answering_application({**variables, **job}) as running:
        wait_for("a running job", lambda: (ledger(running).get("daynode") or {}).get("MTQrunningNow"))
        running.process.kill()
    quick = {"MINUTE_JOB_PERIOD_SECONDS": "0.05", "MINUTE_JOB_DURATION_SECONDS": "0"}
    with answering_application({**variables, **quick}) as running:
        wait_for("an answer", lambda: ledger(running).get("daynode"))
        assert ledger(running)["daynode"]["MTQrunningNow"] is True
        driver.execute_query("MATCH (d:Daynode) SET d.MTQrunningNow = false")
        wait_for("a cleared flag", lambda: ledger(running)["daynode"]["MTQrunningNow"] is False)
