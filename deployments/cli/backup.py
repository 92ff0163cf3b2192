"""`credex backup list | show | verify | import`: which backups there are, and whether one is whole.

An export is restored from here too: into a database that is empty, and that no environment uses yet.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.hidden import ask_hidden
from deployments.cli.log import AsJson, Env
from deployments.cli.tables import backups_table, console
from models.backup import Backup
from models.errors import Refused
from models.names import DatabaseName
from models.sameness import require_imported
from systems.aws.backups import BackupStore
from systems.aws.session import Aws
from systems.aws.snapshots import is_complete
from systems.environments import load_environment
from systems.neo4j.connection import Credentials, open_database
from systems.neo4j.importing import import_database

app = typer.Typer(help="Backups of the databases.", no_args_is_help=True)

Database = Annotated[DatabaseName, typer.Option("--database", help="ledger or search.")]
Id = Annotated[str, typer.Argument(help="The backup's id, as `credex backup list` shows it.")]


@app.callback()
def backup() -> None:
    """Backups of the databases: made by the flows backup, neo4j-change and restore."""


@app.command("list")
def list_backups(env: Env, as_json: AsJson = False) -> None:
    """All backups of an environment, the newest first."""
    store, _ = _open(env)
    found = sorted(
        (each for database in DatabaseName for each in store.all(database)),
        key=lambda each: each.made_at,
        reverse=True,
    )
    if as_json:
        print(json.dumps([each.model_dump(mode="json") for each in found]))
    elif not found:
        typer.echo(f"There is no backup of {env} yet.")
    else:
        console().print(backups_table(found))


@app.command("show")
def show(backup_id: Id, env: Env, database: Database) -> None:
    """What a backup is and what is in it, as JSON."""
    store, _ = _open(env)
    print(store.get(database, backup_id).model_dump_json(indent=2))


@app.command("verify")
def verify(backup_id: Id, env: Env, database: Database) -> None:
    """Whether what was backed up is still there and unchanged: a dump is read byte by byte.

    That it can be restored was proven when it was made, and is proven again by the flow restore-drill.
    """
    store, aws = _open(env)
    found = store.get(database, backup_id)
    for sentence in _verified(store, aws, found):
        typer.echo(sentence)


@app.command("import")
def import_backup(
    backup_id: Id,
    env: Env,
    database: Database,
    into: Annotated[str, typer.Option("--into", help="Bolt URL of the empty database.")],
    user: Annotated[str, typer.Option("--user", help="Who logs in there.")] = "neo4j",
) -> None:
    """Import an export into an empty database, and compare; asks for the password without showing it.

    The application finds it once its URL stands in the environment's file, and initial-deployment has run.
    """
    store, _ = _open(env)
    export = store.get(database, backup_id).require_export()
    password = ask_hidden("Password")
    with tempfile.TemporaryDirectory(prefix="credex-import-") as folder:
        path = Path(folder) / "neo4j.export"
        store.fetch(export, path)
        with open_database(into, Credentials(user=user, password=password.get_secret_value())) as connection:
            done = import_database(connection, path, typer.echo)
    require_imported(f"The import of {backup_id}", done, next_step="Empty the database, then import again.")
    typer.echo(f"{into} holds what the backup {backup_id} of {database} holds.")


def _verified(store: BackupStore, aws: Aws, backup: Backup) -> list[str]:
    """What was found to be whole. Raises Refused for what is not."""
    told = []
    if backup.dump is not None:
        if store.stored_sha256(backup.dump) != backup.dump.sha256:
            raise Refused(
                f"The bytes of the {backup.kind} {backup.dump.key} have changed.",
                next_step="Restore another backup, and find out who may write to the bucket.",
            )
        told.append(f"The {backup.kind}'s {backup.dump.size_bytes} bytes are the ones that were proven.")
    if backup.snapshot_id is not None:
        if not is_complete(aws, backup.snapshot_id):
            raise Refused(
                f"The snapshot {backup.snapshot_id} is gone, or not complete.",
                next_step="Restore another backup, or this one's dump."
                if told
                else "Restore another backup.",
            )
        told.append(f"The snapshot {backup.snapshot_id} is complete.")
    return told


def _open(env: str) -> tuple[BackupStore, Aws]:
    environment = load_environment(env)
    aws = Aws(environment.aws.region)
    return BackupStore(aws, environment.aws.backups_bucket), aws
