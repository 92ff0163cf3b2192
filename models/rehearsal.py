"""A rehearsal of migrations on a copy of the data: how long they took and what they did, for the approver."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from models.environment import Environment
from models.errors import Refused
from models.markdown import code, count_row, plain, table
from models.migration import AppliedMigration, Pending
from models.names import DatabaseName

_ROWS = 40


class Counts(BaseModel):
    """How much is in a database; what neo4j-migrations keeps there for itself is left out."""

    model_config = ConfigDict(frozen=True)

    nodes: int = Field(ge=0)
    relationships: int = Field(ge=0)
    labels: dict[str, int]
    relationship_types: dict[str, int]
    constraints: int = Field(ge=0)
    indexes: int = Field(ge=0)

    def lines(self) -> dict[str, int]:
        """Every measure by what people call it."""
        return {
            "nodes": self.nodes,
            **{f":{label}": count for label, count in sorted(self.labels.items())},
            "relationships": self.relationships,
            **{f"[:{kind}]": count for kind, count in sorted(self.relationship_types.items())},
            "constraints": self.constraints,
            "indexes": self.indexes,
        }


class Rehearsal(BaseModel):
    """What came of one database's pending migrations on a copy; `seconds` is how long they ran in all."""

    model_config = ConfigDict(frozen=True)

    pending: Pending
    ran: list[AppliedMigration]
    seconds: float
    before: Counts
    after: Counts
    problem: str = ""
    next_step: str = ""

    @property
    def database(self) -> DatabaseName:
        """Which database's."""
        return self.pending.database

    @property
    def passed(self) -> bool:
        """Whether all of them ran."""
        return not self.problem


def require_passed(environment: Environment, rehearsals: Mapping[DatabaseName, Rehearsal]) -> None:
    """Raise Refused where a migration failed on the copy, or takes longer than the environment allows."""
    longest = environment.migration.longest_minutes
    for database, rehearsal in rehearsals.items():
        if not rehearsal.passed:
            raise Refused(
                f"The rehearsal on a copy of {database} failed: {rehearsal.problem}",
                next_step=rehearsal.next_step,
            )
        if rehearsal.seconds > longest * 60:
            raise Refused(
                f"Migrations of {database} took {rehearsal.seconds / 60:.1f} minutes on a copy, more than "
                f"the {longest:g} minutes that {environment.name} allows.",
                next_step="Make them quicker or split them over two releases; or raise longest_minutes under "
                f"[migration] in {environment.name}.toml.",
            )


def rehearsal_table(rehearsals: Mapping[DatabaseName, Rehearsal]) -> str:
    """All rehearsals as Markdown, one section for each database."""
    return "\n\n".join(_section(rehearsal) for rehearsal in rehearsals.values())


def _section(rehearsal: Rehearsal) -> str:
    failed = f"**Failed**: {plain(rehearsal.problem)} {plain(rehearsal.next_step)}"
    parts = [
        f"## {rehearsal.database}",
        *([] if rehearsal.passed else [failed]),
        _sentence(rehearsal),
        *([_files(rehearsal)] if rehearsal.pending.files else []),
        _counts(rehearsal),
    ]
    return "\n\n".join(parts)


def _sentence(rehearsal: Rehearsal) -> str:
    if not rehearsal.pending.files:
        return "Nothing is pending."
    count = len(rehearsal.pending.files)
    adds = (
        "They surely only add: they may run in place, without a pause."
        if rehearsal.pending.only_adds
        else "They change or remove what is there, or that cannot be ruled out."
    )
    took = f"took {rehearsal.seconds:.1f} s on a copy, with less memory than the database has"
    return f"{count} pending: they {took}. {adds}"


def _files(rehearsal: Rehearsal) -> str:
    seconds = {link.version: f"{link.seconds:.1f} s" for link in rehearsal.ran}
    rows = [
        [
            code(file.name),
            str(len(file.statements)),
            "yes" if file.only_adds else "**no**",
            seconds.get(file.version, "**did not run**"),
        ]
        for file in rehearsal.pending.files
    ]
    return table(["migration", "statements", "only adds", "took"], rows)


def _counts(rehearsal: Rehearsal) -> str:
    """What changed comes first; long tables are cut."""
    before, after = rehearsal.before.lines(), rehearsal.after.lines()
    names = sorted(before | after, key=lambda name: before.get(name, 0) == after.get(name, 0))
    rows = [count_row(name, before.get(name, 0), after.get(name, 0)) for name in names]
    shown = table(["", "before", "after", "difference"], rows[:_ROWS])
    more = len(rows) - _ROWS
    return f"{shown}\n\nand {more} more, which did not change or come after these." if more > 0 else shown
