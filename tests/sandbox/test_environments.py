"""The environments' settings on the sandbox are the product's own, but for addresses."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from pathlib import Path

import pytest

from sandbox.environments import SOURCE, sandbox_variables, write_environments
from sandbox.network import terraform_variables
from sandbox.settings import SandboxSettings
from systems.environments import environment_names, load_environment


@pytest.fixture
def settings(tmp_path: Path) -> SandboxSettings:
    settings = SandboxSettings(home=tmp_path / "a home", aws_port=5999, github_port=5998)
    write_environments(settings)
    return settings


def test_every_environment_of_the_product_is_there(settings: SandboxSettings) -> None:
    assert environment_names(settings.environments) == environment_names(SOURCE)


@pytest.mark.parametrize("name", ["development", "staging", "production"])
def test_only_what_the_sandbox_must_say_differs_from_the_products_own(
    settings: SandboxSettings, name: str
) -> None:
    ours, original = load_environment(name, settings.environments), load_environment(name, SOURCE)
    assert ours.github.api_url == settings.github_url
    assert [Path(path).is_file() for path in ours.terraform.var_files] == [True, True]
    assert Path(ours.terraform.directory).is_dir()
    pace = ours.service.settles_within_seconds
    told = {"task_identity": ours.service.task_identity, "settles_within_seconds": pace}
    service = original.service.model_copy(update=told)
    own = {"terraform": ours.terraform, "github": ours.github, "neo4j": ours.neo4j, "service": service}
    assert original.model_copy(update=own) == ours


def test_the_networks_lie_apart_on_loopback(settings: SandboxSettings) -> None:
    files = sorted((settings.home / "terraform").glob("*.tfvars.json"))
    networks = [ipaddress.ip_network(json.loads(file.read_text())["vpc_cidr"]) for file in files]
    assert len(networks) == 3
    assert all(network.is_loopback for network in networks)
    assert not any(one.overlaps(other) for one in networks for other in networks if one is not other)


def test_subnets_lie_in_their_network_and_databases_in_their_subnets() -> None:
    variables = terraform_variables(77)
    network = ipaddress.IPv4Network(variables["vpc_cidr"])
    for key in ("public_subnet_cidrs", "private_subnet_cidrs", "database_subnet_cidrs"):
        subnets = variables[key]
        assert isinstance(subnets, list)
        assert all(ipaddress.IPv4Network(subnet).subnet_of(network) for subnet in subnets)
    addresses, subnets = variables["database_private_ips"], variables["database_subnet_cidrs"]
    assert isinstance(addresses, dict)
    assert isinstance(subnets, list)
    for name, subnet in zip(("ledger", "search"), subnets, strict=True):
        assert ipaddress.ip_address(addresses[name]) in ipaddress.ip_network(subnet)


def test_a_shell_that_sources_env_has_the_sandboxs_variables_and_no_profile(
    settings: SandboxSettings,
) -> None:
    script = '. "$1" && env'
    answer = subprocess.run(
        ["sh", "-c", script, "sh", str(settings.home / "env")],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "production"},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = dict(line.split("=", 1) for line in answer.stdout.splitlines())
    assert sandbox_variables(settings).items() <= seen.items()
    assert "AWS_PROFILE" not in seen


def test_nothing_of_prefect_is_sent_anywhere(settings: SandboxSettings) -> None:
    variables = sandbox_variables(settings)
    assert variables["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert variables["DO_NOT_TRACK"] == "1"
