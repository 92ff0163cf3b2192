"""Which machines and databases an environment has, and whether a deployment left them alone."""

from __future__ import annotations

from dataclasses import dataclass

from models.database import DatabaseIdentity
from models.names import DatabaseName
from tests.scenarios.place import Place


@dataclass(frozen=True)
class Databases:
    """Both, at one moment."""

    place: Place
    machines: dict[DatabaseName, str]
    identities: dict[DatabaseName, DatabaseIdentity]

    @classmethod
    def of(cls, place: Place) -> Databases:
        """As they are now."""
        machines = {database: place.machine(database) for database in DatabaseName}
        return cls(place, machines, {database: place.identity(database) for database in DatabaseName})

    def require_untouched(self) -> None:
        """The machines and the databases are the ones of then, and nothing in them was lost."""
        now = Databases.of(self.place)
        assert now.machines == self.machines
        for database, earlier in self.identities.items():
            assert now.identities[database].same_lineage(earlier)
            assert now.identities[database].node_count >= earlier.node_count
