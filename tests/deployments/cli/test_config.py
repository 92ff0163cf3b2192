"""`credex config set` takes a value once, shows it nowhere, and takes no placeholder for one."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from deployments.cli import application
from models.errors import Refused

PARAMETER = "/credex/development/CLIENT_API_KEY"
STAGED = "/credex/development/staged/CLIENT_API_KEY"
ENVIRONMENTS = Path(__file__).parents[3] / "deployments" / "environments"
VALUE = "an-operators-real-key"


def _config(*arguments: str, typed: str = "") -> Result:
    command = ["config", *arguments, "--env", "development"]
    return CliRunner().invoke(application(["config"]), command, input=typed)


def _set(key: str, typed: str) -> Result:
    return _config("set", key, typed=typed)


def _stored(address: str, parameter: str = PARAMETER) -> str | None:
    ssm = boto3.client("ssm", endpoint_url=address, region_name="af-south-1")
    found = ssm.get_parameters(Names=[parameter], WithDecryption=True)["Parameters"]
    return found[0]["Value"] if found else None


def test_a_value_is_stored_and_not_shown(address: str) -> None:
    """Neither the terminal nor a CI log holds it afterwards."""
    result = _set("CLIENT_API_KEY", f"{VALUE}\n")
    assert result.exit_code == 0
    assert _stored(address) == VALUE
    assert VALUE not in result.output


def test_a_value_that_is_there_stays_and_the_new_one_is_staged(address: str) -> None:
    """The running application has the first one until the scenario configuration takes the other."""
    _set("CLIENT_API_KEY", f"{VALUE}\n")
    result = _set("CLIENT_API_KEY", "another\n")
    assert result.exit_code == 0
    assert "credex trigger configuration --env development -p keys=CLIENT_API_KEY" in result.output
    assert "another" not in result.output.replace("another one", "")
    assert (_stored(address), _stored(address, STAGED)) == (VALUE, "another")
    assert _config("staged").output == "CLIENT_API_KEY\n"
    assert _config("discard", "CLIENT_API_KEY").exit_code == 0
    assert (_stored(address), _stored(address, STAGED)) == (VALUE, None)


def test_a_value_that_is_not_peoples_to_choose_is_not_staged(address: str) -> None:
    """A database's password would have to change in the database too."""
    _set("NEO_4J_LEDGER_SPACE_PASS", f"{VALUE}\n")
    result = _set("NEO_4J_LEDGER_SPACE_PASS", "another\n")
    assert isinstance(result.exception, Refused)
    assert "login to a database" in result.exception.problem


def test_our_own_token_is_replaced_at_once(address: str) -> None:
    """No task has read it."""
    _set("GITHUB_TOKEN", f"{VALUE}\n")
    assert _set("GITHUB_TOKEN", "another\n").exit_code == 0
    assert _stored(address, "/credex/development/deploy/github-token") == "another"


def test_the_address_of_a_service_outside_is_set_where_the_environment_names_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a channel's is; an environment without either has no such key."""
    result = _set("HEARTBEAT_URL", "https://outside.example/1\n")
    assert isinstance(result.exception, Refused)
    top = 'heartbeat_url_parameter = "/heartbeat"\n'
    (tmp_path / "development.toml").write_text(top + (ENVIRONMENTS / "development.toml").read_text())
    monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path))
    assert _set("HEARTBEAT_URL", "https://outside.example/1\n").exit_code == 0
    assert _stored(address, "/heartbeat") == "https://outside.example/1"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "\n",
        "   \n",
        "placeholder\n",
        "CHANGEME\n",
        "${CLIENT_API_KEY}\n",
        "<your key>\n",
        "xxxx\n",
        "arn:aws:ssm:x\n",
    ],
)
def test_a_placeholder_is_no_value(address: str, typed: str) -> None:
    """credex-core once ran with such."""
    result = _set("CLIENT_API_KEY", typed)
    assert isinstance(result.exception, Refused)
    assert _stored(address) is None


def test_an_unknown_key_is_refused_with_the_known_ones(address: str) -> None:
    """Nothing is stored that nobody reads."""
    result = _set("CLIENT_KEY", f"{VALUE}\n")
    assert isinstance(result.exception, Refused)
    assert "CLIENT_API_KEY" in result.exception.next_step
    assert VALUE not in str(result.exception)
