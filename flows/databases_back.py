"""How a change of the databases is undone: the machines as they were, with the data that was there.

Nothing that the application wrote is ever thrown away. As long as nobody could write, the proven backup is
the data. Once writes were let in again, they are kept out once more and looked for: where there are any, only
a change that left Neo4j's version alone is undone.
"""

from __future__ import annotations

from flows.addresses import follow_addresses
from flows.putting_back import WayBack
from flows.safeguards import Data, Secured, discard_copies, open_again, secure
from models.change import Change
from models.check import Verification
from models.errors import DeployError
from models.names import DatabaseName, Scenario
from models.neo4j_change import is_upgrade
from models.outputs import Outputs
from models.release import Release
from tasks.applying import began, outputs_before, read_outputs
from tasks.fencing import fence_again
from tasks.proving import read_data
from tasks.recording import recorded_failure, was_opened
from tasks.returning import return_database
from tasks.side_by_side import side_by_side


class BehindTheFence(WayBack):
    """What all changes have in common during which the application cannot write."""

    def asks_again(self, change: Change) -> bool:
        """Not with half of it applied: nobody is to think while the application cannot write."""
        return began(change) is None

    def resume(self, change: Change) -> None:
        """Once it failed nothing of it is tried again: what was before is on its way back."""
        reason = recorded_failure(change)
        if reason is not None:
            raise DeployError(reason, next_step="What was before is put back.")

    def leave(self, change: Change) -> None:
        """Nothing was applied, so the databases only have to take writes again."""
        open_again(change, outputs_before(change))
        discard_copies(change)


class DatabasesBack(BehindTheFence):
    """Puts the databases of one change back, and the application to them."""

    scenario = Scenario.NEO4J_CHANGE

    def __init__(self, change: Change) -> None:
        self._change = change

    def stays(self, change: Change, error: Exception) -> bool:
        """Until writes were let in everything goes back; after that, only what loses none of them."""
        if not was_opened(change):
            return change.current is None
        if super().stays(change, error):
            return True
        before, now = secure(change).before, self._as_left(change)
        written = [each for each in before if not now[each].same_data(before[each])]
        if not any(self._is_upgraded(each) for each in written):
            return False
        open_again(change, read_outputs(change.environment))
        discard_copies(change)
        return True

    def put_back(self, change: Change, good: Release) -> tuple[Change, Verification]:
        """The last good release's machines, and in them the data as it was."""
        back, verification = super().put_back(secure(change).named_in(change), good)
        discard_copies(back)
        return back, verification

    def bring_up(self, back: Change, outputs: Outputs) -> Verification:
        """The data first, then the addresses, then writes, then the application."""
        secured = secure(self._change)
        expected = self._as_left(self._change) if was_opened(self._change) else secured.before
        self._return_data(back, outputs, secured, expected)
        follow_addresses(back, outputs)
        open_again(back, outputs)
        return super().bring_up(back, outputs)

    def _return_data(self, back: Change, outputs: Outputs, secured: Secured, expected: Data) -> None:
        side_by_side(
            expected,
            lambda each: return_database.submit(
                back.environment,
                outputs,
                each,
                version=back.release.databases[each].neo4j_version,
                backup=secured.backups[each],
                expected=expected[each],
                restores=self._is_upgraded(each),
            ),
        )

    def _as_left(self, change: Change) -> Data:
        """What is in the databases once the application's writes are kept out again."""
        environment, outputs = change.environment, read_outputs(change.environment)
        databases = list(change.release.databases)
        side_by_side(databases, lambda each: fence_again.submit(environment, outputs, each, "going-back"))
        moment = "as the application left it"
        return side_by_side(databases, lambda each: read_data.submit(environment, outputs, each, moment))

    def _is_upgraded(self, database: DatabaseName) -> bool:
        current, release = self._change.current, self._change.release
        return current is not None and is_upgrade(current.databases[database], release.databases[database])

    def told(self, good: Release) -> str:
        """What the environment is back on, in words."""
        versions = " and ".join(
            f"{name} on Neo4j {database.neo4j_version}" for name, database in good.databases.items()
        )
        return f"{versions}, with the data that was in them"
