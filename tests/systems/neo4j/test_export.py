"""Exports hold everything, come back as the same, and are refused when a byte of them is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from neo4j import Query

from models.errors import Refused, SetUpError
from models.export import Import
from systems.neo4j import fingerprint
from systems.neo4j.connection import Connection
from systems.neo4j.export import export_database
from systems.neo4j.export_file import open_export
from systems.neo4j.importing import import_database
from tests.systems.neo4j.graphs import Edge, Graph, Node, clear, graphs, write
from tests.systems.neo4j.test_fingerprint import LOOK_ALIKES, SCHEMA

pytestmark = pytest.mark.sandbox


def silent(_text: str) -> None:
    """For tests that do not read the progress."""


def moved(source: Connection, target: Connection, path: Path) -> Import:
    """The import, into the emptied target, of an export of the source."""
    assert export_database(source, path, silent).proven
    clear(target)
    return import_database(target, path, silent)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_what_comes_back_is_the_same(old: Connection, new: Connection, tmp_path: Path, graph: Graph) -> None:
    """Whatever the graph, from the older version to the newest."""
    write(old, graph)
    imported = moved(old, new, tmp_path / "export")
    assert imported.differences() == []
    assert imported.proven


def test_nothing_of_values_and_schema_is_lost_on_the_way_there_and_back(
    old: Connection, new: Connection, tmp_path: Path
) -> None:
    """Not the zone named UTC, not an unnamed index; only newer settings of a vector index are refused."""
    assignments = ", ".join(f"p{number}: {value}" for number, value in enumerate(LOOK_ALIKES))
    old.write(Query(f"CREATE (n:Account {{{assignments}}})-[:OWES {{{assignments}}}]->(n)"))
    for statement in SCHEMA.values():
        old.write(Query(statement))
    there = moved(old, new, tmp_path / "export")
    assert (there.differences(), there.refused) == ([], [])
    back = moved(new, old, tmp_path / "back")
    assert [line.split()[0] for line in back.refused] == ["VECTOR"]
    assert [line.split(":")[0] for line in back.differences()] == ["index is gone"]


def test_more_rows_than_one_batch_and_large_values(old: Connection, new: Connection, tmp_path: Path) -> None:
    """Sparse numbers too, as nodes were deleted; parallel relationships and loops are counted."""
    old.write("UNWIND range(1, 7001) AS i CREATE (:Account {key: i})")
    old.write("MATCH (n) WHERE n.key % 3 = 0 DELETE n")
    old.write("MATCH (a {key: 1}), (n) CREATE (a)-[:OWES]->(n), (a)-[:OWES]->(n), (n)-[:IS]->(n)")
    old.write("UNWIND range(1, 5) AS i CREATE ({large: $large})", large="x" * (3 << 20))
    imported = moved(old, new, tmp_path / "export")
    assert imported.proven
    assert imported.imported.relationship_types == {"OWES": 2 * 4668, "IS": 4668}


def test_a_file_cut_short_or_changed_anywhere_is_refused(
    old: Connection, new: Connection, tmp_path: Path
) -> None:
    """And nothing is imported."""
    write(old, Graph((Node(("Account",), {"key": 1}),), (Edge(0, 0, "OWES", {}),)))
    export_database(old, tmp_path / "export", silent)
    good = (tmp_path / "export").read_bytes()
    damaged = [good[:length] for length in range(len(good))]
    damaged += [good + b"\0", b"\0" * len(good)]
    damaged += [bytes([*good[:place], good[place] ^ 1, *good[place + 1 :]]) for place in range(len(good))]
    for data in damaged:
        (tmp_path / "damaged").write_bytes(data)
        with pytest.raises(Refused, match="is no complete export"), open_export(tmp_path / "damaged"):
            pass
    with pytest.raises(Refused):
        import_database(new, tmp_path / "damaged", silent)
    assert new.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


def test_a_database_that_is_not_empty_is_left_alone(old: Connection, new: Connection, tmp_path: Path) -> None:
    """A single node, or a single index, is enough."""
    write(old, Graph((Node((), {}),), ()))
    export_database(old, tmp_path / "export", silent)
    for statement in ("CREATE (:Mine)", SCHEMA["text"]):
        clear(new)
        new.write(Query(statement))
        with pytest.raises(Refused, match="is not empty"):
            import_database(new, tmp_path / "export", silent)
    assert new.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


def test_an_export_made_while_somebody_wrote_is_not_proven(
    old: Connection, new: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be imported in need; a relationship to a node that came later is left out, and counted."""
    monkeypatch.setattr(fingerprint, "_TELL_EVERY_SECONDS", 0)
    old.write("CREATE (:Account)")

    def write_meanwhile(_text: str) -> None:
        old.write("MATCH (a:Account) CREATE (a)-[:OWES]->(:Member)")

    assert not export_database(old, tmp_path / "export", write_meanwhile).proven
    imported = import_database(new, tmp_path / "export", silent)
    assert not imported.proven
    assert imported.relationships_without_ends == 1
    assert "the database was written to while it was read before" in imported.differences()


def test_a_full_disk_leaves_no_file(old: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says where there is no room."""

    def full(*_arguments: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "posix_fallocate", full)
    old.write("CREATE ()")
    with pytest.raises(SetUpError, match="No space left on device"):
        export_database(old, tmp_path / "export", silent)
    monkeypatch.undo()
    with pytest.raises(SetUpError, match="cannot be written"):
        export_database(old, tmp_path / "no" / "folder", silent)
    assert list(tmp_path.iterdir()) == []


def test_the_same_data_makes_the_same_proof(old: Connection, tmp_path: Path) -> None:
    """An export's fingerprint is that of the database."""
    write(old, Graph((Node(("Account",), {"key": 1}),), ()))
    export = export_database(old, tmp_path / "export", silent)
    assert export.fingerprint == fingerprint.read_fingerprint(old)
