"""A database that runs elsewhere has no machine here, and an environment's file may not say both."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from models.elsewhere import require_machines
from models.environment import Environment
from models.errors import Refused
from models.names import DatabaseName

FILE = Path(__file__).parents[2] / "deployments" / "environments" / "staging.toml"
AURA = "neo4j+s://0a1b2c3d.databases.neo4j.io"


def _staging(*elsewhere: str, machines: tuple[str, ...]) -> Environment:
    document = tomllib.loads(FILE.read_text())
    for name in elsewhere:
        document["databases"][name]["elsewhere"] = AURA
        document["secrets"][f"NEO_4J_{name.upper()}_SPACE_PASS"]["source"] = "operator"
    first = document["first_release"]
    first["databases"] = {name: first["databases"][name] for name in machines}
    return Environment.model_validate(document)


def test_only_what_has_no_machine_is_refused_one() -> None:
    """By its name, with where to go instead."""
    environment = _staging("search", machines=("ledger",))
    assert environment.elsewhere == {DatabaseName.SEARCH: AURA}
    require_machines(environment, [DatabaseName.LEDGER])
    with pytest.raises(Refused, match="search runs elsewhere"):
        require_machines(environment, list(DatabaseName))


@pytest.mark.parametrize(
    ("elsewhere", "machines"), [(("search",), ("ledger", "search")), ((), ("ledger",)), (("search",), ())]
)
def test_each_database_runs_in_one_of_both_places(
    elsewhere: tuple[str, ...], machines: tuple[str, ...]
) -> None:
    """A machine that nobody uses, or a database without any, is a slip."""
    with pytest.raises(ValidationError, match="do not run elsewhere"):
        _staging(*elsewhere, machines=machines)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "neo4j+s://user:secret@example.org",
        "bolt+ssc://example.org",
        "neo4j://example.org",
        "bolt://8.8.8.8",
        "",
    ],
)
def test_an_address_is_a_bolt_url_without_a_login(url: str) -> None:
    """The file is no place for a secret, and none is shown on the way."""
    document = tomllib.loads(FILE.read_text())
    document["databases"]["search"]["elsewhere"] = url
    with pytest.raises(ValidationError, match="elsewhere"):
        Environment.model_validate(document)


def test_a_login_elsewhere_is_never_generated() -> None:
    """A password of ours would open nothing there."""
    document = tomllib.loads(FILE.read_text())
    document["databases"]["search"]["elsewhere"] = AURA
    del document["first_release"]["databases"]["search"]
    with pytest.raises(ValidationError, match=r"NEO_4J_SEARCH_SPACE_PASS .* cannot be generated"):
        Environment.model_validate(document)
