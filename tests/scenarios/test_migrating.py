"""The steps of a migration on an environment that serves: found, rehearsed on copies, and run once."""

from __future__ import annotations

import subprocess
import sys
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prefect import flow

from models.errors import Refused, ServiceUnavailable
from models.migration import AppliedMigration, Pending
from models.names import DatabaseName
from models.rehearsal import Rehearsal, rehearsal_table, require_passed
from sandbox.pushing import push_files
from systems.neo4j.bolt_url import BoltUrl
from systems.neo4j.connection import open_database
from systems.neo4j.counting import read_counts
from systems.neo4j.migration_chain import applied
from systems.waiting import Pace, wait_for
from tasks.access import database_credentials
from tasks.applying import read_outputs
from tasks.backing_up import name_backup
from tasks.migrating import find_migrations, migrate_database, rehearse, show_rehearsals
from tests.scenarios.branches import repository_of
from tests.scenarios.place import Place

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive]

LEDGER = DatabaseName.LEDGER
TIERS = "UNWIND ['basic', 'plus'] AS name CREATE (:Tier {name: name});\n"
SAME = "CREATE CONSTRAINT tier_name IF NOT EXISTS FOR (t:Tier) REQUIRE t.level IS UNIQUE;\n"


def commit(place: Place, **texts: str) -> str:
    """A commit with these migrations of the ledger, on a branch of its own that nothing deploys."""
    files = {f"migrations/ledger/{name}.cypher": text for name, text in texts.items()}
    branch = f"migrating-{uuid.uuid4().hex[:8]}"
    repository_of(place).create_git_ref(f"refs/heads/{branch}", place.branch_head())
    return push_files(place.sandbox, place.environment, files, "Migrate the ledger", branch)


def leftovers(place: Place) -> list[str]:
    """Volumes and snapshots of rehearsals."""
    roles = ["neo4j-copy", "neo4j-rehearsal"]
    filters: list[FilterTypeDef] = [{"Name": "tag:credex:role", "Values": roles}]
    volumes = place.aws.ec2.describe_volumes(Filters=filters)["Volumes"]
    snapshots = place.aws.ec2.describe_snapshots(OwnerIds=["self"], Filters=filters)["Snapshots"]
    return [each["VolumeId"] for each in volumes] + [each["SnapshotId"] for each in snapshots]


def counted(place: Place) -> tuple[object, list[AppliedMigration]]:
    """What is in the ledger that serves, and what it ran."""
    url = place.outputs().bolt_urls[LEDGER]
    with open_database(url, database_credentials(place.environment, LEDGER)) as connection:
        return read_counts(connection), applied(connection)


def rehearsed(place: Place, sha: str) -> tuple[Pending, Rehearsal]:
    """What is pending in the ledger at a commit, and what came of it on a copy."""
    environment = place.environment

    @flow(name="rehearsal")
    def run() -> tuple[Pending, Rehearsal]:
        pending = find_migrations(environment, read_outputs(environment), sha)[LEDGER]
        found = rehearse(environment, pending, name_backup(environment.name))
        show_rehearsals(environment, {LEDGER: found})
        return pending, found

    return run()


def test_migrations_are_rehearsed_on_a_copy_and_then_run(development: Place) -> None:
    """The rehearsal leaves the database alone; what it found is what the migration then does, once."""
    environment, before = development.environment, counted(development)
    pending, found = rehearsed(development, commit(development, V101__tiers=TIERS))
    require_passed(environment, {LEDGER: found})
    assert pending.files[-1].name == "V101__tiers.cypher"
    assert pending.only_adds
    assert found.after.labels["Tier"] == found.before.labels.get("Tier", 0) + 2
    assert "| `V101__tiers.cypher` | 1 | yes |" in rehearsal_table({LEDGER: found})
    assert counted(development) == before
    assert leftovers(development) == []

    @flow(name="migration")
    def run(number: int) -> list[AppliedMigration]:
        url = read_outputs(environment).bolt_urls[LEDGER]
        return migrate_database(environment, url, pending)

    versions = [link.version for link in run(1)]
    try:
        assert versions[-1] == "101"
        assert run(2) == []
        assert counted(development)[0] == found.after
    finally:
        forget(development, versions)


def forget(place: Place, versions: list[str]) -> None:
    """Have the ledger as it was, for the tests that share it."""
    url = place.outputs().bolt_urls[LEDGER]
    with open_database(url, database_credentials(place.environment, LEDGER)) as connection:
        connection.write("MATCH (t:Tier) DELETE t")
        connection.write(
            "MATCH (n:__Neo4jMigration) WHERE n.version IN $versions DETACH DELETE n", versions=versions
        )


def test_a_migration_that_the_data_does_not_bear_fails_on_the_copy_alone(development: Place) -> None:
    """With the sentence that helps, and nothing left behind."""
    spoilt = {"V101__tiers": TIERS, "V102__level": "MATCH (t:Tier) SET t.level = 1;\n", "V103__same": SAME}
    before = counted(development)
    pending, found = rehearsed(development, commit(development, **spoilt))
    assert not pending.only_adds
    with pytest.raises(Refused, match=r"Tier\.level cannot be made unique: \d+ nodes share 1"):
        require_passed(development.environment, {LEDGER: found})
    assert "**did not run**" in rehearsal_table({LEDGER: found})
    assert counted(development) == before


KILLED = """
import sys
from prefect import flow
from models.migration import Pending
from systems.environments import load_environment
from tasks.migrating import rehearse

@flow(name="rehearsal")
def run():
    rehearse(load_environment("development"), Pending.model_validate_json(sys.argv[1]), sys.argv[2])

run()
"""


def test_a_rehearsal_that_was_killed_begins_anew_on_another_copy(development: Place) -> None:
    """The half migrated copy would tell the approver half of it."""
    environment, name = development.environment, "20261127-120000-0badcafe"
    more = {f"V{number}__more": f"CREATE (:More {{number: {number}}});\n" for number in range(102, 106)}
    sha = commit(development, V101__tiers=TIERS, **more)

    @flow(name="rehearsal")
    def run() -> tuple[Pending, Rehearsal]:
        pending = find_migrations(environment, read_outputs(environment), sha)[LEDGER]
        killed = subprocess.Popen([sys.executable, "-c", KILLED, pending.model_dump_json(), name])
        with killed:
            assert wait_for(lambda: ran_on_the_copy(development) or None, Pace(600, 0.5))
            killed.kill()
        return pending, rehearse(environment, pending, name)

    pending, found = run()
    assert found.passed
    assert [link.version for link in found.ran] == [file.version for file in pending.files]
    assert (found.before.labels.get("More", 0), found.after.labels["More"]) == (0, len(more))
    assert leftovers(development) == []


def ran_on_the_copy(place: Place) -> bool:
    """Whether a migration ran on the second server beside the ledger."""
    url = BoltUrl.parse(place.outputs().bolt_urls[LEDGER])
    credentials = database_credentials(place.environment, LEDGER)
    with suppress(ServiceUnavailable), open_database(replace(url, port=7688), credentials) as connection:
        return len(applied(connection)) > len(counted(place)[1])
    return False
