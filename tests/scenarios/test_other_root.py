"""An infrastructure that others built is deployed like our own, by one file that says what is called how.

Their root module has other names and addresses, images by tag, a port of its own; its state was lost, and
both databases run elsewhere. Takes some minutes: make exhaustive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from models.names import DatabaseName, Scenario
from sandbox.settings_files import Document, changed
from systems.aws.exports import ExportStore, Filled
from systems.neo4j.connection import Credentials, open_database
from systems.neo4j.identity import read_identity
from tests.conftest import RunningSandbox
from tests.sandbox.neo4j.servers import LTS, PASSWORD, new_server, running
from tests.scenarios.front_door import Ended, carry_out, credex
from tests.scenarios.graph import contents, contents_of, plant
from tests.scenarios.other_place import Server, add_place_of_others
from tests.scenarios.place import Place
from tests.scenarios.test_configuration import held_by_tasks
from tests.scenarios.visitor import Visits, visiting

LEDGER = DatabaseName.LEDGER
URL_KEY = "NEO_4J_LEDGER_SPACE_BOLT_URL"

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Adopted:
    """The environment once it is ours, and what its users saw meanwhile."""

    place: Place
    ended: Ended
    visits: Visits
    proving: Server
    """The empty server in which backups are proven."""


@pytest.fixture(scope="module")
def adopted(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopted]:
    """Built by others, and adopted under the eyes of a client."""
    folder, login = tmp_path_factory.mktemp("elsewhere"), Credentials(user="neo4j", password=PASSWORD)
    with (
        running(new_server(LTS, folder / "theirs")) as theirs,
        running(new_server(LTS, folder / "ours")) as ours,
    ):
        place, url = add_place_of_others(sandbox.settings, Server(theirs.url, login), ours.url)
        with visiting(url) as visits:
            ended = carry_out(Scenario.INITIAL_DEPLOYMENT, place.name)
        yield Adopted(place, ended, visits, Server(ours.url, login))


def test_what_runs_already_is_adopted_and_serves_on(adopted: Adopted) -> None:
    """No task is stopped, no request lost, and nothing is built a second time."""
    assert adopted.ended.state == "Completed", adopted.ended.message
    assert adopted.visits.failures == []
    assert len(adopted.visits.digests) > 1
    state = adopted.place.state()
    there = {item["type"] for item in state["resources"] if item["mode"] == "managed"}
    assert {"aws_vpc", "aws_lb", "aws_ecs_service"} < there
    assert "to import, 1 to add, 1 to change, 0 to destroy" in adopted.ended.story
    release = adopted.place.release()
    assert (release.desired_count, release.databases) == (2, {})


def test_the_doctor_finds_all_that_is_needed_and_names_what_is_not(
    sandbox: RunningSandbox, adopted: Adopted
) -> None:
    """A name that the root module does not know is found before anything runs."""
    well = credex(sandbox, "doctor", "--env", adopted.place.name)
    assert well.exit_code == 0, well.out
    assert "the number of tasks" not in well.out
    assert "its databases' machines" in well.out

    def misname(document: Document) -> None:
        document["terraform"]["variables"]["desired_count"] = "how_many"
        document["terraform"]["outputs"]["api_url"] = "door"

    with changed(sandbox.settings, adopted.place.name, misname):
        unwell = credex(sandbox, "doctor", "--env", adopted.place.name)
        ended = carry_out(Scenario.SCALING, adopted.place.name, desired_count=3, reason="busier")
    assert unwell.exit_code == 1
    assert "missing: how_many" in unwell.out
    assert "missing: door" in unwell.out
    assert "lack door" in ended.message


def test_a_release_is_deployed_by_its_tag_scaled_and_taken_back(adopted: Adopted) -> None:
    """What runs is compared with the image's digest all the same."""
    place, before = adopted.place, adopted.place.release()
    image = place.push()
    deployed = carry_out(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit)
    assert deployed.state == "Completed", deployed.message
    assert place.serving()["image_digest"] == image.digest
    scaled = carry_out(Scenario.SCALING, place.name, desired_count=3, reason="busier")
    assert scaled.state == "Completed", scaled.message
    back = carry_out(Scenario.ROLLBACK, place.name, reason="not liked")
    assert back.state == "Completed", back.message
    assert place.serving()["image_digest"] == before.image_digest
    verified = carry_out(Scenario.VERIFICATION, place.name)
    assert verified.state == "Completed", verified.message


@pytest.mark.parametrize(
    ("scenario", "parameters", "words"),
    [
        (
            Scenario.NEO4J_CHANGE,
            {"databases": "both", "neo4j_version": "2026.08.1"},
            "ledger and search run elsewhere",
        ),
        (Scenario.MIGRATION, {}, "ledger and search run elsewhere"),
        (
            Scenario.RESTORE,
            {"database": "search", "backup": "20261127-000000-abcdef01"},
            "search runs elsewhere",
        ),
    ],
)
def test_what_needs_a_machine_of_ours_is_refused(
    adopted: Adopted, scenario: Scenario, parameters: dict[str, object], words: str
) -> None:
    """In one sentence, before anything happens."""
    before = adopted.place.state()["serial"]
    ended = carry_out(scenario, adopted.place.name, **parameters)
    assert ended.state == "Refused"
    assert words in ended.message
    assert adopted.place.state()["serial"] == before


def test_a_database_elsewhere_is_backed_up_proven_and_imported_where_it_is_needed(
    sandbox: RunningSandbox, adopted: Adopted
) -> None:
    """The proving database is empty again after each proof, and refused where anything else is in it."""
    place, proving = adopted.place, adopted.proving
    plant(place, LEDGER, "planted")
    ended = carry_out(Scenario.BACKUP, place.name)
    assert ended.state == "Completed", ended.message
    (record,) = place.records(ended.run_id)
    assert record.entry.backups.keys() == {LEDGER}
    name, wanted = record.entry.backups[LEDGER], ("--env", place.name, "--database", "ledger")
    assert credex(sandbox, "backup", "verify", name, *wanted).exit_code == 0
    drill = carry_out(Scenario.RESTORE_DRILL, place.name)
    assert drill.state == "Completed", drill.message

    into = ("--into", proving.url)
    imported = credex(sandbox, "backup", "import", name, *wanted, *into, typed=f"{PASSWORD}\n")
    assert imported.exit_code == 0, imported.err
    assert PASSWORD not in imported.out + imported.err
    there = contents_at(proving)
    assert there == contents(place, LEDGER)
    again = carry_out(Scenario.BACKUP, place.name)
    assert again.state == "Refused"
    assert "is not empty" in again.message
    assert contents_at(proving) == there


def test_the_application_follows_to_a_database_that_holds_the_same(
    sandbox: RunningSandbox, adopted: Adopted
) -> None:
    """Its tasks start anew with the other address, no request is lost; and back again."""
    place, url = adopted.place, adopted.proving.url

    def move(document: Document) -> None:
        for database in document["databases"].values():
            database.pop("proving", None)
            database["elsewhere"] = url

    before = place.outputs().bolt_urls[LEDGER]
    with changed(sandbox.settings, place.name, move), visiting(place.outputs().api_url) as visits:
        assert carry_out(Scenario.VERIFICATION, place.name).state == "Failed"
        moved = carry_out(Scenario.INITIAL_DEPLOYMENT, place.name)
        assert moved.state == "Completed", moved.message
        assert held_by_tasks(place, URL_KEY) == {url}
    back = carry_out(Scenario.INITIAL_DEPLOYMENT, place.name)
    assert back.state == "Completed", back.message
    assert held_by_tasks(place, URL_KEY) == {before}
    assert visits.failures == []


def test_what_a_killed_proof_left_is_removed_and_nothing_else(adopted: Adopted) -> None:
    """By the note that it made of which database it was about to fill."""
    place, proving = adopted.place, adopted.proving
    store = ExportStore(place.aws, place.environment.aws.backups_bucket)
    with open_database(proving.url, proving.credentials) as connection:
        connection.write("CREATE (:HalfAnImport)")
        store.note(LEDGER, Filled(database_id="another database"))
        assert "is not empty" in carry_out(Scenario.BACKUP, place.name).message
        store.note(LEDGER, Filled(database_id=read_identity(connection).database_id))
        ended = carry_out(Scenario.BACKUP, place.name)
        assert ended.state == "Completed", ended.message
        assert read_identity(connection).node_count == 0


def test_without_a_database_to_prove_them_in_others_make_the_backups(
    sandbox: RunningSandbox, adopted: Adopted
) -> None:
    """Its schedule is no failure each night."""

    def unproven(document: Document) -> None:
        del document["databases"]["ledger"]["proving"]

    with changed(sandbox.settings, adopted.place.name, unproven):
        ended = carry_out(Scenario.BACKUP, adopted.place.name)
    assert "whoever runs them backs them up" in ended.message


def contents_at(server: Server) -> list[str]:
    """All that was planted, as a server holds it."""
    with open_database(server.url, server.credentials) as connection:
        return contents_of(connection)
