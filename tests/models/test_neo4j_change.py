"""What may be asked of the databases, and what is refused before anything happens."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Refused
from models.names import DatabaseName
from models.neo4j_change import is_upgrade, next_databases, version_number
from models.neo4j_settings import ALLOWED, parse_settings
from models.release import Database, Release
from models.request import Neo4jChangeRequest

NOW = Database(neo4j_version="5.26.30", instance_type="t3.medium", settings={"db.transaction.timeout": "30s"})
BOTH = dict.fromkeys(DatabaseName, NOW)
PAGECACHE = "server.memory.pagecache.size"


def asked(databases: str = "ledger", **fields: object) -> Neo4jChangeRequest:
    return Neo4jChangeRequest.model_validate(
        {"environment": "development", "requester": "Rutendo", "databases": databases, **fields}
    )


def test_what_is_not_named_stays_as_it_is() -> None:
    """The other database, and every field that was left empty."""
    wanted = next_databases(BOTH, asked(neo4j_version="2026.08.1"))
    assert wanted[DatabaseName.SEARCH] == NOW
    assert wanted[DatabaseName.LEDGER] == NOW.model_copy(update={"neo4j_version": "2026.08.1"})
    assert next_databases(BOTH, asked("both")) == BOTH


def test_settings_are_added_changed_and_taken_away() -> None:
    """A name without a value goes back to the server's default."""
    wanted = next_databases(BOTH, asked(settings=f"{PAGECACHE}=4g\ndb.transaction.timeout="))
    assert wanted[DatabaseName.LEDGER].settings == {PAGECACHE: "4g"}
    changed = next_databases(BOTH, asked(settings="db.transaction.timeout=1m; db.logs.query.enabled=INFO"))
    assert changed[DatabaseName.LEDGER].settings == {
        "db.transaction.timeout": "1m",
        "db.logs.query.enabled": "INFO",
    }


@pytest.mark.parametrize(
    ("now", "wanted"),
    [("5.26.30", "5.26.3"), ("2026.08.1", "5.26.30"), ("2026.08.1", "2026.07.9"), ("5.26.30", "5.9.0")],
)
def test_an_older_version_is_refused_as_it_cannot_read_the_data(now: str, wanted: str) -> None:
    """Versions are compared as numbers: 5.9 is older than 5.26."""
    databases = dict.fromkeys(DatabaseName, NOW.model_copy(update={"neo4j_version": now}))
    with pytest.raises(Refused, match="older"):
        next_databases(databases, asked(neo4j_version=wanted))


def test_a_calendar_version_is_reached_from_5_26_alone() -> None:
    """It reads no store of an earlier 5; within 5 any newer one will do."""
    old = dict.fromkeys(DatabaseName, NOW.model_copy(update={"neo4j_version": "5.20.0"}))
    with pytest.raises(Refused, match=r"5\.26"):
        next_databases(old, asked(neo4j_version="2026.08.1"))
    assert next_databases(old, asked(neo4j_version="5.26.30"))[DatabaseName.LEDGER] == NOW


def test_one_address_is_not_given_to_two_databases() -> None:
    with pytest.raises(Refused, match="one address"):
        next_databases(BOTH, asked("both", private_address="10.10.64.11"))
    moved = next_databases(BOTH, asked(private_address="10.10.64.11"))[DatabaseName.LEDGER]
    assert moved.private_ip == "10.10.64.11"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("server.databases.default_to_read_only=true", "fence"),
        ("server.directories.data=/tmp", "volume"),
        ("server.bolt.listen_address=:1", "Terraform"),
        ("dbms.security.auth_enabled=false", "password"),
        ("server.jvm.additional=-Xrun", "own start"),
        ("made.up=1", "not among"),
        (f"{PAGECACHE}=lots", "no value"),
        (f"{PAGECACHE}=4g'", "no value"),
        (f"{PAGECACHE}=1g\n{PAGECACHE}=2g", "twice"),
        ("4g", "name=value"),
    ],
)
def test_a_setting_that_is_not_a_releases_to_set_is_refused_and_told_why(lines: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse_settings(lines)


@given(st.text(max_size=60))
def test_whatever_is_written_into_the_form_is_a_known_setting_or_refused(text: str) -> None:
    """Nothing else can reach neo4j.conf: no second line, no quote, no unknown name."""
    try:
        settings = parse_settings(text)
    except Refused:
        return
    assert settings.keys() <= ALLOWED.keys()
    assert not any(set(value or "") & set("\n\r'\\\"") for value in settings.values())


@given(st.sampled_from(sorted(ALLOWED)), st.text(max_size=20))
def test_no_value_breaks_out_of_its_line(name: str, value: str) -> None:
    try:
        settings = parse_settings(f"{name}={value}")
    except Refused:
        return
    Database(
        neo4j_version="5.26.30", instance_type="t3.medium", settings={k: v or "" for k, v in settings.items()}
    )


def test_only_another_version_is_an_upgrade() -> None:
    """An older Neo4j reads what only moved or got other settings."""
    assert is_upgrade(NOW, NOW.model_copy(update={"neo4j_version": "2026.08.1"}))
    assert not is_upgrade(NOW, NOW.model_copy(update={"instance_type": "t3.large"}))
    assert version_number("5.26.30") < version_number("2025.01.0")


def test_a_release_from_before_there_were_settings_and_addresses_still_loads() -> None:
    """The log's old records are what a rollback goes back to."""
    databases = {name: {"neo4j_version": "5.26.30", "instance_type": "t3.medium"} for name in DatabaseName}
    old = {
        "format_version": 1,
        "environment": "development",
        "commit": "a" * 40,
        "image_digest": f"sha256:{'b' * 64}",
        "desired_count": 1,
        "databases": databases,
    }
    release = Release.model_validate_json(json.dumps(old))
    assert release.databases[DatabaseName.LEDGER].settings == {}
    variables = release.terraform_variables()["databases"]
    assert variables == {
        name: {"neo4j_version": "5.26.30", "instance_type": "t3.medium", "private_ip": None, "settings": {}}
        for name in ("ledger", "search")
    }
