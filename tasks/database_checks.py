"""Asks AWS and the machines whether a change of the databases can be made, before anything is planned."""

from __future__ import annotations

from models.environment import Environment
from models.errors import Refused
from models.names import DatabaseName
from models.release import Database, Release
from systems.aws.artifacts import missing_archives
from systems.aws.instances import require_free_address, require_instance_type, running_instance
from systems.aws.session import Aws
from tasks.machines import database_machine, telling
from tasks.side_by_side import side_by_side
from tasks.steps import step


@step("Check that the machine, the archives and the address are there", "Check what {database} is to become")
def check_database_change(
    environment: Environment, database: DatabaseName, now: Database, wanted: Database
) -> None:
    """Refuse what AWS cannot give: Neo4j's archives, the instance type, the address.

    Raises Refused, naming what to choose instead; SetUpError when the machine is not there.
    """
    if now == wanted:
        return
    aws = Aws(environment.aws.region)
    _require_archives(aws, environment, wanted.neo4j_version)
    instance = running_instance(aws, environment.name, database, environment.slot)
    if wanted.instance_type != now.instance_type:
        require_instance_type(aws, wanted.instance_type, instance.architecture)  # type: ignore[arg-type]
    if wanted.private_ip is not None and wanted.private_ip != instance.address:
        require_free_address(aws, wanted.private_ip, instance)


def require_room_for_backups(environment: Environment, release: Release) -> None:
    """Refuse now what would fail with writes kept out: a volume on which no backup can be made."""
    side_by_side(release.databases, lambda each: check_room.submit(environment, each))


@step(
    "Check that the data volume has room for a backup", "Check that {database}'s volume has room for a backup"
)
def check_room(environment: Environment, database: DatabaseName) -> None:
    """Raises Refused where it has not."""
    database_machine(environment, database).status(telling(database)).require_room(database)


def _require_archives(aws: Aws, environment: Environment, version: str) -> None:
    lacking = missing_archives(aws, environment.aws.neo4j_artifacts, version)
    if lacking:
        raise Refused(
            f"Neo4j {version} cannot be installed: {environment.aws.neo4j_artifacts} lacks "
            f"{' and '.join(lacking)}.",
            next_step="Upload the archive from Neo4j's download page with its .sha256 file, or choose a "
            "version that is there.",
        )
