"""Scenario 5 from end to end: rehearsed, built beside, switched, back again, forward, and the old slot's end.

A client asks for the ledger and signs up members all the time: the fence may cost writes, nothing else may.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

import pytest

from models.log import Event
from models.names import DatabaseName, Scenario
from models.release import Release
from sandbox.pushing import push_files, push_image_everywhere
from sandbox.settings_files import Document, changed
from systems.aws.parameters import read_parameters
from systems.neo4j.connection import open_database
from systems.neo4j.writing import is_read_only
from tests.conftest import RunningSandbox
from tests.scenarios.front_door import Ended, Printed, artifact, carry_out, trigger
from tests.scenarios.graph import contents
from tests.scenarios.place import Place
from tests.scenarios.visitor import Visits, Writes, lost, visiting, writing

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(3600), pytest.mark.exhaustive]

LEDGER = DatabaseName.LEDGER
FIRST = {
    "migrations/ledger/V010__tiers.cypher": (
        "MERGE (:Tier {name: 'first'});\nMERGE (:Tier {name: 'second'});\n"
    ),
    "migrations/ledger/V011__tiers_are_unique.cypher": (
        "CREATE CONSTRAINT tier_name IF NOT EXISTS FOR (t:Tier) REQUIRE t.name IS UNIQUE;\n"
    ),
}
HALF_WAY = {
    "migrations/ledger/V012__third.cypher": (
        "CREATE (:Tier {name: 'third'});\nCREATE (:Tier {name: 'first'});\n"
    )
}

MENDED = {"migrations/ledger/V012__third.cypher": "MERGE (:Tier {name: 'third'});\n"}


def push(place: Place, files: dict[str, str], behaviour: str = "ok") -> str:
    """A commit with these files and its image, as a developer and the CI make them; gives its SHA."""
    message = f"Migrate the databases: {behaviour} {uuid.uuid4().hex[:8]}"
    commit = push_files(place.sandbox, place.environment, files, message)
    push_image_everywhere(place.sandbox, commit, behaviour)
    return commit


def migrate(place: Place, commit: str, **parameters: object) -> Ended:
    return carry_out(Scenario.MIGRATION, place.name, commit=commit, **parameters)


def tiers(place: Place) -> int:
    """How many nodes the migration has made, in the database that is live."""
    with open_database(place.outputs().bolt_urls[LEDGER], place.credentials(LEDGER)) as connection:
        found = connection.read("MATCH (t:Tier) RETURN count(t) AS tiers")
    return int(found[0]["tiers"])


def takes_writes(place: Place) -> bool:
    with open_database(place.outputs().bolt_urls[LEDGER], place.credentials(LEDGER)) as connection:
        return not is_read_only(connection)


def write_a_tier(place: Place) -> None:
    """A client's write to the live ledger, which another slot does not have."""
    with open_database(place.outputs().bolt_urls[LEDGER], place.credentials(LEDGER)) as connection:
        connection.write("CREATE (:Tier {name: 'only here'})")


def nothing_beside(place: Place) -> bool:
    """Whether neither Terraform nor EC2 knows of a second slot."""
    known = [item for item in place.state()["resources"] if item["type"] == "aws_ebs_volume"]
    keys = {instance["index_key"] for item in known for instance in item["instances"]}
    return len(keys) == len(DatabaseName)


def left_alone(place: Place) -> Release:
    """What the environment is with its live slot alone; one that is kept is retired first."""
    if place.release().standby is not None:
        ended = carry_out(Scenario.RETIREMENT, place.name, early=True)
        assert ended.state == "Completed", ended.message
    return place.release()


@pytest.fixture(scope="module")
def alone(development: Place) -> Release:
    """Development before its first migration here."""
    return left_alone(development)


@dataclass(frozen=True)
class Switched:
    """What was before, what clients saw meanwhile, and the run."""

    before: Release
    commit: str
    visits: Visits
    writes: Writes
    ended: Ended


@pytest.fixture(scope="module")
def switched(development: Place, alone: Release) -> Switched:
    """Development after a migration of its ledger, under clients."""
    commit, url = push(development, FIRST | MENDED), development.outputs().api_url
    with visiting(url) as visits, writing(url) as writes:
        ended = migrate(development, commit, kept_hours=1)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    return Switched(alone, commit, visits, writes, ended)


def test_a_migration_that_fails_half_way_is_refused_by_its_rehearsal(
    development: Place, alone: Release
) -> None:
    """It ran on a copy alone: nothing was fenced, nothing built, and the log's release is the one before."""
    number = len(development.log.records())
    commit = push(development, FIRST | HALF_WAY)
    ended = migrate(development, commit)
    assert ended.state == "Refused", ended.message
    assert "V012__third" in ended.message
    assert [each.entry.event for each in development.log.records()[number:]] == []
    assert takes_writes(development)


def test_the_other_slot_serves_the_migrated_data_and_no_request_was_lost(
    development: Place, switched: Switched
) -> None:
    """The application's own address answers with the new version throughout; the ledger is the same one."""
    release = development.release()
    assert release.live is switched.before.live.other
    assert (release.commit, release.standby and release.standby.kept_hours) == (switched.commit, 1)
    assert release.migrations == {LEDGER: "012", DatabaseName.SEARCH: "001"}
    assert development.serving()["image_digest"] == release.image_digest
    assert switched.visits.failures == []
    assert "Writes waited" in switched.ended.message
    assert tiers(development) >= 2
    assert takes_writes(development)
    events = [each.entry.event for each in development.records(switched.ended.run_id)]
    assert events[0] is Event.FENCED
    assert events[-1] is Event.SUCCEEDED


def test_the_fence_refuses_writes_for_a_time_and_none_that_was_taken_is_lost(
    development: Place, switched: Switched
) -> None:
    """Whoever was told so is a member in the ledger that is live now, and at the end others sign up again."""
    assert switched.writes.failures
    assert not list(switched.writes.answers.values())[-1]
    assert lost(development, switched.writes) == []


def test_ssm_and_github_follow_the_live_slot(development: Place, switched: Switched) -> None:
    """And the tasks of each slot find their own databases, whichever restarts."""
    place = development
    keys = place.environment.databases[LEDGER]
    live = place.environment.in_slot(switched.before.live.other)
    kept = place.environment.in_slot(switched.before.live)
    names = [
        place.environment.secrets[keys.url_key].parameter,
        live.slot_parameter(keys.url_key),
        kept.slot_parameter(keys.url_key),
    ]
    shared, of_live, of_kept = (read_parameters(place.aws, names)[name].get_secret_value() for name in names)
    assert shared == of_live == place.outputs().bolt_urls[LEDGER]
    assert of_kept != of_live
    assert place.secrets_written_at()[keys.url_key] >= place.log.records()[-1].written_at.replace(
        microsecond=0, second=0
    )


def test_the_approver_reads_the_rehearsal(development: Place, switched: Switched) -> None:
    """What ran on the copy, and how long it took."""
    assert "V010" in artifact(switched.ended.run_id, f"rehearsal-{development.name}")


def test_a_rollback_past_the_migration_is_refused(development: Place, switched: Switched) -> None:
    """The data has left that code behind; the refusal names the migration's record."""
    number = next(each.number for each in development.log.records() if each.good_release == switched.before)
    refused = carry_out(Scenario.ROLLBACK, development.name, to=number)
    assert refused.state == "Refused"
    assert "migration" in refused.message


def test_a_second_migration_waits_for_the_first_ones_slot(development: Place, switched: Switched) -> None:
    """And says how to end it; the schedule finds it too early."""
    refused = migrate(development, switched.commit)
    assert refused.state == "Refused"
    assert "retirement" in refused.message
    early = carry_out(Scenario.RETIREMENT, development.name)
    assert early.state == "Unchanged"
    assert "is kept until" in early.message


@dataclass(frozen=True)
class Back:
    """The switch back, under clients."""

    visits: Visits
    writes: Writes
    printed: Printed


@pytest.fixture(scope="module")
def back(sandbox: RunningSandbox, development: Place, switched: Switched) -> Back:
    """The old slot has the requests again."""
    write_a_tier(development)
    api_url = development.outputs().api_url
    with visiting(api_url) as visits, writing(api_url) as writes:
        printed = trigger(sandbox, Scenario.SWITCH_BACK, development.name)
    return Back(visits, writes, printed)


def test_going_back_loses_no_request_and_says_what_it_loses(
    development: Place, switched: Switched, back: Back
) -> None:
    """The old version on the old data, open for writes; what only the new one had is counted by label."""
    assert back.printed.answer["state"] == "Completed", back.printed.err
    assert back.visits.failures == []
    assert back.visits.digests[-1] == switched.before.image_digest
    assert "+1 Tier" in back.printed.answer["message"]
    signed_up = re.search(r"\+(\d+) Member\b", back.printed.answer["message"])
    assert signed_up is not None
    gone = lost(development, back.writes)
    assert int(signed_up[1]) >= len(gone) > 0
    assert gone == back.writes.acknowledged[: len(gone)] != back.writes.acknowledged
    assert development.release().side() == switched.before.side()
    assert takes_writes(development)
    assert tiers(development) == 0


def test_the_slot_that_is_left_goes_with_a_proven_backup(
    development: Place, switched: Switched, back: Back
) -> None:
    """Its machines, volumes and service are gone; what served is untouched."""
    before = development.identity(LEDGER)
    ended = carry_out(Scenario.RETIREMENT, development.name, early=True)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert "snap-" in ended.message
    assert nothing_beside(development)
    assert development.release().standby is None
    assert development.identity(LEDGER).same_lineage(before)
    values = {name: output["value"] for name, output in development.state()["outputs"].items()}
    assert values.get("standby") is None
    assert carry_out(Scenario.RETIREMENT, development.name).state == "Unchanged"


def test_code_that_does_not_come_up_leaves_the_old_slot_as_it_was(development: Place) -> None:
    """Everything was built and migrated when its tasks crashed: it is taken down, and writes are let in."""
    before = left_alone(development)
    held = {database: contents(development, database) for database in DatabaseName}
    ended = migrate(development, push(development, FIRST | MENDED, behaviour="crash"))
    assert ended.state == "Rolled back", f"{ended.story}\n{ended.message}"
    assert development.release() == before
    assert nothing_beside(development)
    assert takes_writes(development)
    assert {database: contents(development, database) for database in DatabaseName} == held
    assert development.serving()["image_digest"] == before.image_digest


def test_what_only_adds_may_run_in_place(development: Place) -> None:
    """On the databases that serve, without a second slot and without a failed request."""
    before = left_alone(development)
    index = "CREATE INDEX tier_since IF NOT EXISTS FOR (t:Tier) ON (t.since);\n"
    with visiting(development.outputs().api_url) as visits:
        ended = migrate(
            development, push(development, {"migrations/ledger/V013__more.cypher": index}), in_place=True
        )
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert visits.failures == []
    release = development.release()
    assert (release.live, release.standby, release.migrations[LEDGER]) == (before.live, None, "013")
    assert nothing_beside(development)
    assert takes_writes(development)


def test_requests_move_by_the_environments_steps(sandbox: RunningSandbox, development: Place) -> None:
    """Both versions answer meanwhile, then the new one alone; no request fails."""
    before = left_alone(development)
    commit = push(development, {"migrations/ledger/V014__last.cypher": "MERGE (:Tier {name: 'last'});\n"})
    with (
        changed(sandbox.settings, development.name, by_steps),
        visiting(development.outputs().api_url) as visits,
    ):
        ended = migrate(development, commit)
    assert ended.state == "Completed", f"{ended.story}\n{ended.message}"
    assert "30 % on the new one" in ended.story
    assert visits.failures == []
    after = development.release()
    first = visits.digests.index(after.image_digest)
    assert before.image_digest in visits.digests[first:]
    assert visits.digests[-1] == after.image_digest
    assert after.traffic == 100


def by_steps(document: Document) -> None:
    """Three of ten requests go to the new slot for a while, and then all."""
    document["migration"] = {"traffic_steps": [30], "seconds_between_steps": 20}
