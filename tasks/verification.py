"""Looks whether an environment is what its release says. Nothing is changed; not knowing is no success."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from prefect import Task, get_run_logger
from prefect.artifacts import create_markdown_artifact

from models.check import Check, Verdict, Verification, Weight
from models.configuration_checks import BY_OTHERS
from models.database import DatabaseIdentity
from models.environment import Environment
from models.errors import DeployError, NotServing, VerificationFailed
from models.names import DatabaseName
from models.outputs import Outputs
from models.reaching import way_out
from models.release import Release
from models.report import verification_table
from systems.aws.parameters import missing, read_parameters
from systems.aws.session import Aws
from systems.github.environment_secrets import missing_secrets
from systems.http import probe_until
from systems.neo4j.connection import open_database
from systems.neo4j.daynode import check_daynode
from systems.neo4j.identity import read_identity
from systems.neo4j.schema import missing_constraints
from systems.neo4j.writing import is_read_only
from systems.waiting import Pace, wait_for
from tasks.access import database_credentials, open_repository
from tasks.known_configuration import check_changed_by_others
from tasks.rollout import service_evidence
from tasks.steps import came_to, look

NOBODY_THERE = 503
"""What an Application Load Balancer answers while it has no target."""

A_MOMENT = Pace(4)
"""How long an answer that is not as it should be is asked for again: one request that fails proves little."""

Identities = dict[DatabaseName, DatabaseIdentity]


def verify(
    environment: Environment,
    outputs: Outputs,
    release: Release,
    before: Identities | None = None,
    *,
    besides: Sequence[Check] = (),
    written: Collection[str] = (),
) -> Verification:
    """Every check of the environment against the release; shown as a table on the flow run's page.

    A page that cannot be written, as where Prefect's server is away, is a failed task and no failed check.
    `before` are the databases as they were before a change that must leave them alone; `besides` are checks
    that the scenario made itself, and `written` the keys whose values it wrote.
    """
    found = [
        *weighing(
            Weight.SERVING,
            [
                *ask("The ECS service", check_service, environment, outputs, release),
                *ask("The load balancer", check_load_balancer, environment, outputs, release),
                *(ask("The same data", check_same_data, environment, outputs, before) if before else ()),
            ],
        ),
        *besides,
        *ask("The ledger", check_database, environment, outputs, release, DatabaseName.LEDGER),
        *ask("The search database", check_database, environment, outputs, release, DatabaseName.SEARCH),
        *ask("The configuration in SSM", check_parameters, environment, outputs),
        *ask("The GitHub Environment", check_github, environment),
        *weighing(Weight.TOLD, ask(BY_OTHERS, check_changed_by_others, environment, sorted(written))),
    ]
    verification = Verification(checks=found)
    show_verification(environment, verification, return_state=True)
    return verification


def require_success(verification: Verification) -> None:
    """Raise NotServing where the release certainly does not serve, VerificationFailed where all is not well.

    What is only to be told does not count: a flag of the application's own job may be as old as the last
    release, and a new ledger has no Daynode before its first midnight.
    """
    require_serving(verification)
    _require_none_of(verification.unwell(Weight.SERVING, Weight.NEEDED))


def require_serving(verification: Verification) -> None:
    """Raise NotServing where the release certainly does not serve, whatever else there is."""
    for check in verification.unwell(Weight.SERVING):
        if check.verdict is Verdict.FAILED:
            raise NotServing(
                f"{check.name}: {check.detail}.",
                next_step=check.next_step,
                unwell=_verdicts(verification.unwell(Weight.SERVING, Weight.NEEDED)),
            )


def require_ours(verification: Verification) -> None:
    """Raise VerificationFailed where somebody else changed the configuration.

    To a deployment it is only told: what it was asked for is done all the same.
    """
    changed = [check for check in verification.checks if check.name == BY_OTHERS]
    _require_none_of([check for check in changed if check.verdict is Verdict.FAILED])


def _require_none_of(unwell: list[Check]) -> None:
    for check in unwell[:1]:
        raise VerificationFailed(
            f"{check.name}: {check.detail}.", next_step=check.next_step, unwell=_verdicts(unwell)
        )


def _verdicts(checks: list[Check]) -> dict[str, Verdict]:
    return {check.name: check.verdict for check in checks}


def weighing(weight: Weight, checks: list[Check]) -> list[Check]:
    """The checks with this weight."""
    return [check.model_copy(update={"weight": weight}) for check in checks]


def ask(name: str, task: Task[..., list[Check]], *arguments: object) -> list[Check]:
    """The checks of one look; inconclusive, with the reason, where the look itself did not work."""
    result = came_to(task(*arguments, return_state=True))
    if isinstance(result, list):
        return result
    if isinstance(result, DeployError):
        detail, next_step = result.problem, result.next_step
    else:
        detail, next_step = f"the look failed: {result}", "Read the task's log."
    return [Check(name=name, verdict=Verdict.INCONCLUSIVE, detail=detail.rstrip("."), next_step=next_step)]


@look("Show what was verified")
def show_verification(environment: Environment, verification: Verification) -> None:
    """Put the table of checks on the flow run's page, and what is not well into its log."""
    create_markdown_artifact(
        verification_table(verification),
        key=f"verification-{environment.name}",
        description=f"{environment.name}: {verification.verdict}",
    )
    for check in verification.checks:
        if not check.passed:
            get_run_logger().warning("%s: %s (%s)", check.name, check.detail, check.verdict)


@look("Check that the service runs the release's image")
def check_service(environment: Environment, outputs: Outputs, release: Release) -> list[Check]:
    """ECS's own deployment, every task's image, and every target's health.

    Looked at again for a while: that ECS replaces a task, or starts one more before it stops one in a full
    zone, is no reason to put a good release back.
    """
    latest: deque[list[Check]] = deque(maxlen=1)

    def look() -> list[Check] | None:
        latest.append(service_evidence(environment, outputs, release))
        return None if any(check.verdict is Verdict.FAILED for check in latest[0]) else latest[0]

    return wait_for(look, Pace(environment.service.settles_within_seconds, interval_seconds=2)) or latest[0]


@look("Check that the application answers through the load balancer")
def check_load_balancer(environment: Environment, outputs: Outputs, release: Release) -> list[Check]:
    """The way in that the application's users have; scaled to no task, it says that nobody is there."""
    wanted = 200 if release.desired_count else NOBODY_THERE
    path = environment.service.health_path
    answer = probe_until(outputs.api_url, path, A_MOMENT, get_run_logger().info, expected_status=wanted)
    return [
        Check(
            name="Through the load balancer",
            verdict=Verdict.PASSED if answer.as_expected else Verdict.FAILED,
            detail=f"{path} gives {answer.summary}",
            next_step=way_out(answer, outputs.load_balancer),
        )
    ]


@look("Check that the databases are the same as before")
def check_same_data(environment: Environment, outputs: Outputs, before: Identities) -> list[Check]:
    """The lineage of each database: a new or another one would be a new economy, and look healthy."""
    checks = []
    for database, earlier in before.items():
        url = outputs.bolt_urls[database]
        with open_database(url, database_credentials(environment, database)) as connection:
            now = read_identity(connection)
        same = now.same_lineage(earlier)
        checks.append(
            Check(
                name=f"Same data in {database}",
                verdict=Verdict.PASSED if same else Verdict.FAILED,
                detail=now.compared_with(earlier).rstrip("."),
                next_step="" if same else "Stop the application and find out which database this is.",
            )
        )
    return checks


@look("Check the database", "Check the {database} database")
def check_database(
    environment: Environment, outputs: Outputs, release: Release, database: DatabaseName
) -> list[Check]:
    """Whether the application can log in, the version, the constraints; for the ledger its Daynode."""
    settings = environment.databases[database]
    url = outputs.bolt_urls[database]
    with open_database(url, database_credentials(environment, database)) as connection:
        version = connection.server_info().version
        lacking = missing_constraints(connection, settings.constraints)
        checks = [
            Check(name=f"Login to {database}", verdict=Verdict.PASSED, detail=f"Neo4j {version} on {url}"),
            *_same_version(database, version, release),
            _not_fenced(database, read_only=is_read_only(connection)),
            Check(
                name=f"Constraints of {database}",
                verdict=Verdict.FAILED if lacking else Verdict.PASSED,
                detail=f"missing: {', '.join(str(item) for item in lacking)}" if lacking else "all there",
                next_step="Run initial-deployment again; it creates what is missing." if lacking else "",
            ),
        ]
        if database is DatabaseName.LEDGER:
            checks.append(check_daynode(connection))
        return checks


def _same_version(database: DatabaseName, version: str, release: Release) -> list[Check]:
    """Nothing for a database that runs elsewhere: there the version is not ours to choose."""
    if database not in release.databases:
        return []
    wanted = release.databases[database].neo4j_version
    check = Check(
        name=f"Version of {database}",
        verdict=Verdict.PASSED if version == wanted else Verdict.FAILED,
        detail=f"Neo4j {version}" + ("" if version == wanted else f", the release says {wanted}"),
        next_step="" if version == wanted else "Find out who changed it; neo4j-change brings it back.",
    )
    return [check]


def _not_fenced(database: DatabaseName, *, read_only: bool) -> Check:
    return Check(
        name=f"Writes to {database}",
        verdict=Verdict.FAILED if read_only else Verdict.PASSED,
        detail="it is read-only: an interrupted change has left its fence" if read_only else "are taken",
        next_step="Start neo4j-change with what the database has already; it lifts the fence."
        if read_only
        else "",
    )


@look("Check the application's configuration in SSM")
def check_parameters(environment: Environment, outputs: Outputs) -> list[Check]:
    """Every key is there, and the Bolt URLs are the databases' real ones."""
    aws = Aws(environment.aws.region)
    absent = missing(aws, [setting.parameter for setting in environment.secrets.values()])
    checks = [
        Check(
            name="Parameters in SSM",
            verdict=Verdict.FAILED if absent else Verdict.PASSED,
            detail=f"missing: {', '.join(absent)}" if absent else f"all {len(environment.secrets)} there",
            next_step="Set each with credex config set." if absent else "",
        )
    ]
    for database, settings in environment.databases.items():
        key = settings.url_key
        parameters = [environment.secrets[key].parameter, environment.slot_parameter(key)]
        if parameters[0] in absent:
            continue
        values = read_parameters(aws, parameters).values()
        same = {value.get_secret_value() for value in values} == {outputs.bolt_urls[database]}
        checks.append(
            Check(
                name=f"{settings.url_key} in SSM",
                verdict=Verdict.PASSED if same else Verdict.FAILED,
                detail="is the database's address" if same else "is not the address that Terraform puts out",
                next_step="" if same else "Run initial-deployment again; it writes the right one.",
            )
        )
    return checks


@look("Check the secrets of the GitHub Environment")
def check_github(environment: Environment) -> list[Check]:
    """Every name that CI relies on is there; values cannot be read back."""
    wanted = [key for key, setting in environment.secrets.items() if setting.github]
    lacking = missing_secrets(open_repository(environment), environment.github.environment, wanted)
    return [
        Check(
            name="Secrets at GitHub",
            verdict=Verdict.FAILED if lacking else Verdict.PASSED,
            detail=f"missing: {', '.join(lacking)}" if lacking else f"all {len(wanted)} there",
            next_step="Run initial-deployment again; it writes them." if lacking else "",
        )
    ]
