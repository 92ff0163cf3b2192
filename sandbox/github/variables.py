"""An environment's variables: values that are no secrets."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.environments import environment_named
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.store import Record

routes = Routes()
_VARIABLES = "/environments/{environment_name}/variables"


class VariableRecord(Record):
    """A variable of one environment."""

    environment_id: int
    name: str
    value: str


class NewVariable(BaseModel):
    """A variable to create."""

    name: str
    value: str


class ChangedVariable(BaseModel):
    """A variable's new value."""

    value: str


def _variables(repository: Repository, environment_name: str) -> list[VariableRecord]:
    environment_id = environment_named(repository, environment_name).id
    mine = repository.table(VariableRecord).where(lambda record: record.environment_id == environment_id)
    return sorted(mine, key=lambda record: record.name)


def _variable(repository: Repository, environment_name: str, name: str) -> VariableRecord | None:
    mine = _variables(repository, environment_name)
    return next((record for record in mine if record.name == name.upper()), None)


def _body(record: VariableRecord) -> Json:
    return {
        "name": record.name,
        "value": record.value,
        "created_at": utc(record.created_at),
        "updated_at": utc(record.updated_at),
    }


@routes.on("GET", _VARIABLES, needs=("environments", "read"))
def list_variables(repository: CurrentRepository, environment_name: str, pages: Pages) -> Json:
    """All variables with their values."""
    records = _variables(repository, environment_name)
    return {"total_count": len(records), "variables": [_body(record) for record in pages.cut(records)]}


@routes.on("POST", _VARIABLES, needs=("environments", "write"), status=201)
def create_variable(repository: CurrentRepository, environment_name: str, new: NewVariable) -> Json:
    """A new variable; 409 if there is one of this name."""
    environment_id = environment_named(repository, environment_name).id
    if _variable(repository, environment_name, new.name):
        raise GitHubError(409, "Already exists - Variable already exists")
    repository.table(VariableRecord).add(
        lambda number, now: VariableRecord(
            id=number,
            created_at=now,
            updated_at=now,
            environment_id=environment_id,
            name=new.name.upper(),
            value=new.value,
        )
    )
    return {}


@routes.on("GET", f"{_VARIABLES}/{{name}}", needs=("environments", "read"))
def get_variable(repository: CurrentRepository, environment_name: str, name: str) -> Json:
    """One variable."""
    return _body(found(_variable(repository, environment_name, name)))


@routes.on("PATCH", f"{_VARIABLES}/{{name}}", needs=("environments", "write"), status=204)
def update_variable(
    repository: CurrentRepository, environment_name: str, name: str, changed: ChangedVariable
) -> Response:
    """Give a variable a new value."""
    known = found(_variable(repository, environment_name, name))
    repository.table(VariableRecord).change(known.id, value=changed.value)
    return Response(status_code=204)


@routes.on("DELETE", f"{_VARIABLES}/{{name}}", needs=("environments", "write"), status=204)
def delete_variable(repository: CurrentRepository, environment_name: str, name: str) -> Response:
    """Delete a variable."""
    known = found(_variable(repository, environment_name, name))
    repository.table(VariableRecord).remove(known.id)
    return Response(status_code=204)
