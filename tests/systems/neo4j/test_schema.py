"""Constraints are made once, and what stands in their way is said in a sentence."""

from __future__ import annotations

import pytest

from models.environment import Constraint
from models.errors import SetUpError
from systems.neo4j.connection import Connection
from systems.neo4j.schema import create_constraints, missing_constraints

pytestmark = pytest.mark.sandbox

WANTED = [Constraint(label="Daynode", property="Date"), Constraint(label="Member", property="phone")]


def test_they_are_made_once(connection: Connection) -> None:
    """The first run makes them under stable names, the second finds them."""
    assert missing_constraints(connection, WANTED) == ["Daynode.Date", "Member.phone"]
    first = create_constraints(connection, WANTED)
    assert (first.created, first.existing) == (["Daynode.Date", "Member.phone"], [])
    second = create_constraints(connection, WANTED)
    assert (second.created, second.existing) == ([], ["Daynode.Date", "Member.phone"])
    assert missing_constraints(connection, WANTED) == []
    names = {row["name"] for row in connection.read("SHOW CONSTRAINTS YIELD name")}
    assert names == {"Daynode_Date_unique", "Member_phone_unique"}


def test_one_that_the_application_made_counts(connection: Connection) -> None:
    """Whatever its name."""
    connection.write("CREATE CONSTRAINT own_name FOR (d:Daynode) REQUIRE d.Date IS UNIQUE")
    assert create_constraints(connection, WANTED).created == ["Member.phone"]


def test_one_with_a_name_of_another_kind_is_nobodys_business(connection: Connection) -> None:
    """Tools keep things of their own in a database: neo4j-migrations calls a label __Neo4jMigrationsLock."""
    connection.write("CREATE CONSTRAINT lock FOR (l:__Lock) REQUIRE l.id IS UNIQUE")
    connection.write("CREATE CONSTRAINT odd FOR (o:`odd one`) REQUIRE o.`a.b` IS UNIQUE")
    assert missing_constraints(connection, WANTED) == ["Daynode.Date", "Member.phone"]


def test_one_over_two_properties_does_not_count(connection: Connection) -> None:
    """It allows what the application relies on not to happen."""
    connection.write("CREATE CONSTRAINT pair FOR (d:Daynode) REQUIRE (d.Date, d.x) IS UNIQUE")
    assert "Daynode.Date" in missing_constraints(connection, WANTED)


def test_data_that_violates_it_is_counted_and_not_quoted(connection: Connection) -> None:
    """The sentence has the numbers, the next step a query that lists them, and neither the values."""
    phones = ["263777"] * 3 + ["263888"] * 2 + ["1"]
    connection.write("UNWIND $phones AS phone CREATE (:Member {phone: phone})", phones=phones)
    with pytest.raises(SetUpError) as failed:
        create_constraints(connection, WANTED)
    assert failed.value.problem == "Member.phone cannot be made unique: 5 nodes share 2 of its values."
    assert "263777" not in str(failed.value)
    listing = failed.value.next_step.removeprefix("List them with ").split("; mend")[0]
    assert {row["value"]: row["nodes"] for row in connection.read(listing)} == {"263777": 3, "263888": 2}
    assert missing_constraints(connection, WANTED) == ["Member.phone"]


def test_an_index_in_its_place_is_named_as_the_reason(connection: Connection) -> None:
    """Neo4j makes no constraint where an index is."""
    connection.write("CREATE INDEX i FOR (m:Member) ON (m.phone)")
    with pytest.raises(SetUpError, match=r"Member\.phone has an index of its own"):
        create_constraints(connection, WANTED)


def test_a_taken_name_is_not_success(connection: Connection) -> None:
    """IF NOT EXISTS is silent when another constraint has the name: looked at afterwards, it is missing."""
    connection.write("CREATE CONSTRAINT Member_phone_unique FOR (x:Other) REQUIRE x.y IS UNIQUE")
    with pytest.raises(SetUpError, match=r"other constraints under the names of those for Member\.phone"):
        create_constraints(connection, WANTED)
