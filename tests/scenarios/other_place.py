"""An environment that others built: their root module, images by tag, both databases on a server elsewhere.

They applied it with a state of their own, which is lost.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from models.environment import Environment
from models.names import DatabaseName
from sandbox.aws.account import REGION
from sandbox.prefect.parts import register_deployments
from sandbox.pushing import head_of_branch
from sandbox.seed import seed
from sandbox.settings import SandboxSettings
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.http import probe
from systems.neo4j.connection import Credentials, open_database
from systems.neo4j.schema import create_constraints
from systems.waiting import Pace, wait_for
from tests.scenarios.place import Place
from tests.terraform.run import Terraform

NAME = "shop"
ROOT = Path(__file__).parent / "other_root"
MODEL = "development"
NETWORK = "127.171"
REPOSITORY = f"credex-core-{NAME}"
PROVEN = DatabaseName.LEDGER
"""The database that is backed up; the other one has nowhere to be proven."""

MADE_ANEW = "aws_ecs_task_definition"
"""It never changes, so there is nothing in it to adopt."""


@dataclass(frozen=True)
class Server:
    """The Neo4j server that both databases are on, and the login to it."""

    url: str
    credentials: Credentials


def add_place_of_others(settings: SandboxSettings, server: Server, proving: str) -> tuple[Place, str]:
    """Have others build it, lose their state, and write the one file by which it is deployed from now on.

    `proving` is the URL of an empty server with the same login. Gives where the application answers, too.
    """
    folder = settings.home / "others"
    folder.mkdir()
    shutil.copytree(ROOT, folder / "root")
    parameters = _store_configuration(server)
    own = folder / "shop.tfvars.json"
    own.write_text(json.dumps(_own_variables(parameters)))
    document = _settings(settings, server, folder / "root", own, parameters)
    document["databases"][PROVEN]["proving"] = {
        "url": proving,
        "user_parameter": parameters["NEO_4J_LEDGER_SPACE_USER"],
        "password_parameter": parameters["NEO_4J_LEDGER_SPACE_PASS"],
    }
    (settings.environments / f"{NAME}.toml").write_text(tomli_w.dumps(document))
    seed(settings)
    register_deployments(settings)
    environment = load_environment(NAME, settings.environments)
    _create_constraints(environment, server)
    state = _apply(folder, own, head_of_branch(settings, environment))
    (folder / "root" / "adopted.tf").write_text("\n".join(_import_blocks(state)))
    url = str(state["outputs"]["alb_url"]["value"])
    wait_until_it_serves(url)
    return Place(settings, NAME), url


def wait_until_it_serves(url: str) -> None:
    """Others do not look; whoever measures has to begin with something that works."""
    served = wait_for(lambda: probe(url, "/health").as_expected or None, Pace(120, interval_seconds=0.5))
    assert served, f"{url} does not answer"


def _create_constraints(environment: Environment, server: Server) -> None:
    """Theirs are there, or two tasks that start on an empty ledger would both seed it."""
    with open_database(server.url, server.credentials) as connection:
        for database in environment.databases.values():
            create_constraints(connection, database.constraints)


def _own_variables(parameters: dict[str, str]) -> dict[str, object]:
    return {
        "aws_region": REGION,
        "network": NETWORK,
        "repository": REPOSITORY,
        "parameters": parameters,
    }


def _store_configuration(server: Server) -> dict[str, str]:
    """What their application was configured with: the SSM parameter of each key."""
    values = {
        "JWT_SECRET": "signs-what-others-sign",
        "OPEN_EXCHANGE_RATES_API": "rates",
        "CLIENT_API_KEY": "k",
    }
    for database in DatabaseName:
        prefix = f"NEO_4J_{database.upper()}_SPACE"
        values[f"{prefix}_BOLT_URL"] = server.url
        values[f"{prefix}_USER"] = server.credentials.user
        values[f"{prefix}_PASS"] = server.credentials.password
    for key, value in values.items():
        Aws(REGION).ssm.put_parameter(Name=f"/core/{NAME}/{key}", Value=value, Type="SecureString")
    return {key: f"/core/{NAME}/{key}" for key in values}


def _settings(
    settings: SandboxSettings, server: Server, root: Path, variables: Path, parameters: dict[str, str]
) -> dict[str, Any]:
    text = (settings.environments / f"{MODEL}.toml").read_text().replace(MODEL, NAME)
    document = tomllib.loads(text.replace(f"/credex/{NAME}/", f"/core/{NAME}/"))
    for database in DatabaseName:
        document["databases"][database] |= {"elsewhere": server.url}
        document["secrets"][f"NEO_4J_{database.upper()}_SPACE_PASS"]["source"] = "operator"
    document["service"] |= {"container": "core", "port": 3000}
    document["github"]["branch"] = "dev"
    document["aws"]["state_key"] = "core.tfstate"
    assert {secret["parameter"] for secret in document["secrets"].values()} == set(parameters.values())
    return document | {
        "guard": {"protected": ["aws_vpc.main"]},
        "terraform": {
            "directory": str(root),
            "var_files": [str(variables)],
            "outputs": {
                "cluster": "cluster",
                "service": "service",
                "api_url": "alb_url",
                "task_definition": "task_definition",
            },
            "variables": {
                "environment": "stage",
                "commit": "docker_tag",
                "image_digest": "",
                "desired_count": "app_count",
                "databases": "",
                "configuration_versions": "",
            },
        },
        "first_release": {"desired_count": 2},
        "adopts": {"cluster": NAME, "service": f"{NAME}-api"},
    }


def _apply(folder: Path, variables: Path, commit: str) -> dict[str, Any]:
    """Build it as others did; gives what their state says."""
    shutil.copytree(ROOT, folder / "theirs")
    (folder / "theirs" / "override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    terraform = Terraform(folder / "theirs")
    terraform.run("init", "-input=false", check=True)
    told = [
        f"-var={name}={value}" for name, value in (("stage", NAME), ("docker_tag", commit), ("app_count", 2))
    ]
    terraform.run("apply", "-auto-approve", "-input=false", f"-var-file={variables}", *told, check=True)
    state: dict[str, Any] = json.loads((folder / "theirs" / "terraform.tfstate").read_text())
    shutil.rmtree(folder / "theirs")
    return state


def _import_blocks(state: dict[str, Any]) -> list[str]:
    """One for each resource that is there, as their new team writes them."""
    blocks = []
    for resource in state["resources"]:
        kind = resource["type"]
        if resource["mode"] != "managed" or kind == MADE_ANEW:
            continue
        for instance in resource["instances"]:
            module = f"{resource['module']}." if "module" in resource else ""
            key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            name = _import_id(kind, instance["attributes"])
            blocks.append(f'import {{\n  to = {module}{kind}.{resource["name"]}{key}\n  id = "{name}"\n}}\n')
    return blocks


def _import_id(kind: str, values: dict[str, Any]) -> str:
    cluster = str(values.get("cluster", "")).rpartition("/")[2]
    names = {"aws_ecs_service": f"{cluster}/{values.get('name')}", "aws_ecs_cluster": values.get("name")}
    return str(names.get(kind, values["id"]))
