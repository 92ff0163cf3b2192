"""Looks at everything that a deployment will need, changing nothing, and says what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from prefect.exceptions import ObjectNotFound

from deployments.pool_workers import online_workers
from deployments.runs import prefect
from deployments.worker import WORK_POOL
from models.check import Check, Verdict, Verification
from models.environment import HEARTBEAT_KEY, Environment, SecretSource
from models.errors import DeployError, SetUpError
from models.outputs import wanted_outputs
from models.root_module import untold, wanted_variables
from models.scenarios import REQUESTS
from systems.aws.bootstrap import owns_bucket
from systems.aws.ecs import read_service
from systems.aws.parameters import missing, read_parameters
from systems.aws.session import Aws
from systems.github.client import connect
from systems.github.commits import resolve_ref
from systems.github.environment_secrets import missing_secrets
from systems.github.rights import check_rights
from systems.neo4j.connection import login
from systems.neo4j.migrations_tool import find_tool, version_in_words
from systems.terraform.binary import find_terraform, terraform_version
from systems.terraform.declarations import read_declarations
from tasks.access import database_credentials, open_repository
from tasks.sources import deployable_image

Look = Callable[[Environment], Iterator[Check]]
LOGIN_SECONDS = 10.0


def examine(environment: Environment) -> Verification:
    """Every look at the environment; one that does not work is a failed check and hides no other."""
    return Verification(
        checks=[check for name, look in _LOOKS.items() for check in _tried(name, look, environment)]
    )


def _tried(name: str, look: Look, environment: Environment) -> Iterator[Check]:
    try:
        yield from look(environment)
    except DeployError as error:
        yield Check(
            name=name,
            verdict=Verdict.FAILED,
            detail=error.problem.rstrip("."),
            next_step=error.next_step,
        )


def _found(name: str, detail: str) -> Check:
    return Check(name=name, verdict=Verdict.PASSED, detail=detail)


def _all_there(name: str, lacking: list[str], count: int, next_step: str) -> Check:
    if lacking:
        detail = f"missing: {', '.join(lacking)}"
        return Check(name=name, verdict=Verdict.FAILED, detail=detail, next_step=next_step)
    return _found(name, f"all {count} there")


def _terraform(_environment: Environment) -> Iterator[Check]:
    binary = find_terraform()
    yield _found("Terraform", ".".join(str(part) for part in terraform_version(binary)))


def _root_module(environment: Environment) -> Iterator[Check]:
    """Whether the root module takes what a release says, and puts out what the flows need."""
    settings = environment.terraform
    declared = read_declarations(Path(settings.directory))
    wanted = wanted_variables(settings.variables)
    way_out = 'Declare each, or name the one it has under [terraform.variables]; "" where it has none.'
    yield _all_there("Root module's variables", sorted(wanted - declared.variables), len(wanted), way_out)
    outputs = wanted_outputs(settings.outputs, environment.elsewhere)
    way_out = "Add each, or name the one it has under [terraform.outputs]."
    yield _all_there(
        "Root module's outputs", sorted(set(outputs.values()) - declared.outputs), len(outputs), way_out
    )
    fixed = untold(settings.variables)
    if fixed:
        yield _found("Not told to the root module", f"{', '.join(fixed)}: no scenario can change that")


def _adopts(environment: Environment) -> Iterator[Check]:
    """What is in a state already, or adopted by now, is looked at by the outputs and not by this name."""
    if environment.adopts is not None:
        named = environment.adopts
        service = read_service(Aws(environment.aws.region), named.cluster, named.service)
        yield _found("Service to adopt", f"{named.service}, which has {service.desired} tasks")


def _migrations(_environment: Environment) -> Iterator[Check]:
    """Whoever never migrates a database needs no tool for it, and is told only."""
    try:
        detail = version_in_words(find_tool())
    except SetUpError as error:
        detail = f"{error} Only a migration needs it"
    yield _found("neo4j-migrations", detail)


def _prefect(_environment: Environment) -> Iterator[Check]:
    with prefect() as client:
        lacking = []
        for scenario in REQUESTS:
            try:
                client.read_deployment_by_name(f"{scenario}/{scenario}")
            except ObjectNotFound:
                lacking.append(scenario.value)
        yield _all_there("Deployments", lacking, len(REQUESTS), "Run: prefect --no-prompt deploy --all")
        online = online_workers(client, WORK_POOL)
    yield Check(
        name="Worker",
        verdict=Verdict.PASSED if online else Verdict.FAILED,
        detail=f"{len(online)} online in the work pool {WORK_POOL}",
        next_step="" if online else "Start one: credex worker.",
    )


def _aws(environment: Environment) -> Iterator[Check]:
    identity = Aws(environment.aws.region).identity()
    yield _found("AWS credentials", f"account {identity.account} as {identity.arn}")


def _state(environment: Environment) -> Iterator[Check]:
    aws = Aws(environment.aws.region)
    buckets = {
        environment.aws.state_bucket: "the first deployment makes it",
        environment.aws.releases_bucket: "the first deployment makes it",
        environment.aws.backups_bucket: "the root module has to make it, before the first backup",
    }
    for bucket, absent in buckets.items():
        there = owns_bucket(aws, bucket)
        yield _found(f"Bucket {bucket}", "is there and ours" if there else absent)


def _github(environment: Environment) -> Iterator[Check]:
    parameter = environment.github.token_parameter
    token = read_parameters(Aws(environment.aws.region), [parameter])[parameter].get_secret_value()
    yield from check_rights(
        connect(environment.github.api_url, token),
        environment.github.repository,
        environment.github.environment,
    )


def _image(environment: Environment) -> Iterator[Check]:
    commit = resolve_ref(open_repository(environment), environment.github.branch)
    digest = deployable_image(environment, commit.sha)
    yield _found("Image", f"{digest[:19]} of {commit.sha[:12]}, the head of {environment.github.branch}")


def _configuration(environment: Environment) -> Iterator[Check]:
    aws = Aws(environment.aws.region)
    by_hand = {
        key: setting.parameter
        for key, setting in environment.secrets.items()
        if setting.source is SecretSource.OPERATOR
    }
    absent = missing(aws, list(by_hand.values()))
    lacking = [key for key, parameter in by_hand.items() if parameter in absent]
    way_out = f"Set each with: credex config set KEY --env {environment.name}"
    yield _all_there("Values that people set in SSM", lacking, len(by_hand), way_out)


def _approvers(environment: Environment) -> Iterator[Check]:
    approvers = environment.approval.approvers
    if not approvers:
        return
    absent = missing(Aws(environment.aws.region), [approver.code_parameter for approver in approvers])
    lacking = [approver.name for approver in approvers if approver.code_parameter in absent]
    way_out = f"Enrol each with: credex approver add NAME --env {environment.name}"
    yield _all_there("Approvers' secrets", lacking, len(approvers), way_out)


def _channels(environment: Environment) -> Iterator[Check]:
    addresses = {channel.key: channel.address_parameter for channel in environment.channels}
    if environment.heartbeat_url_parameter:
        addresses[HEARTBEAT_KEY] = environment.heartbeat_url_parameter
    if not addresses:
        return
    absent = missing(Aws(environment.aws.region), list(addresses.values()))
    lacking = [key for key, parameter in addresses.items() if parameter in absent]
    way_out = f"Set each with: credex config set KEY --env {environment.name}"
    yield _all_there("Channels' addresses", lacking, len(addresses), way_out)


def _github_secrets(environment: Environment) -> Iterator[Check]:
    wanted = [key for key, setting in environment.secrets.items() if setting.github]
    lacking = missing_secrets(open_repository(environment), environment.github.environment, wanted)
    if len(lacking) == len(wanted):
        yield _found("Secrets at GitHub", "none yet; the first deployment writes them")
        return
    way_out = f"Run: credex trigger initial-deployment --env {environment.name}"
    yield _all_there("Secrets at GitHub", lacking, len(wanted), way_out)


def _databases(environment: Environment) -> Iterator[Check]:
    aws = Aws(environment.aws.region)
    for database, settings in environment.databases.items():
        parameter = environment.secrets[settings.url_key].parameter
        url = environment.elsewhere.get(database)
        if url is None and missing(aws, [parameter]):
            yield _found(f"Login to {database}", "no database yet; the first deployment makes it")
            continue
        url = url or read_parameters(aws, [parameter])[parameter].get_secret_value()
        info = login(url, database_credentials(environment, database), timeout_seconds=LOGIN_SECONDS)
        yield _found(f"Login to {database}", f"Neo4j {info.version} on {url}")


_LOOKS: dict[str, Look] = {
    "Terraform": _terraform,
    "Root module": _root_module,
    "Migrations": _migrations,
    "Prefect": _prefect,
    "AWS": _aws,
    "Buckets": _state,
    "GitHub": _github,
    "Image": _image,
    "Service to adopt": _adopts,
    "Configuration": _configuration,
    "Approvers": _approvers,
    "Channels": _channels,
    "Secrets at GitHub": _github_secrets,
    "Databases": _databases,
}
