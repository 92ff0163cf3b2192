"""The exceptions of the system: what went wrong in one sentence, and what to do next in another.

Every error that a person may meet derives from `DeployError`, so that the command line, the flow's final
state and the log can all print the same two sentences.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.check import Verdict


class DeployError(Exception):
    """Something a person has to know of: `problem` is one sentence, `next_step` the way out.

    The text of either must never hold a secret: it is shown, logged and stored.
    """

    def __init__(self, problem: str, *, next_step: str) -> None:
        super().__init__(problem, next_step)
        self.problem = problem
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.problem} {self.next_step}"

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling (Prefect keeps exceptions as results), keyword argument included."""
        return (_rebuild, (type(self), self.problem, self.next_step, self.__dict__))


def _rebuild(
    kind: type[DeployError], problem: str, next_step: str, attributes: dict[str, object]
) -> DeployError:
    error = kind.__new__(kind)
    Exception.__init__(error, problem, next_step)
    error.__dict__.update(attributes)
    return error


class Refused(DeployError):
    """Not started, or stopped before anything was changed: bad input, or a rule that forbids it."""


class Rejected(DeployError):
    """A person said no, or nobody said yes in time; nothing was changed."""


class SetUpError(DeployError):
    """The machine or the account lacks something: a tool, a credential, a permission, a secret."""


class ServiceUnavailable(DeployError):
    """A service did not answer, or not in time; trying again may help."""


class TerraformFailed(DeployError):
    """Terraform reported errors; `problem` names the first, with its file and line where it has one."""


class MigrationFailed(DeployError):
    """A migration of a database did not run to its end; `problem` names its file where it is known.

    `rolled_back` says that it certainly left nothing behind.
    """

    def __init__(self, problem: str, *, next_step: str, rolled_back: bool = False) -> None:
        super().__init__(problem, next_step=next_step)
        self.rolled_back = rolled_back


class MigrationInDoubt(MigrationFailed):
    """A run was killed in such a moment that nobody knows whether its migration took effect."""


class MigrationsLocked(DeployError):
    """Somebody else migrates the database, or a run that was killed left its lock there."""


class StateLocked(DeployError):
    """Somebody else holds Terraform's state lock.

    `lock_id`, `who` and `created` are Terraform's own words for the lock's holder.
    """

    def __init__(self, problem: str, *, next_step: str, lock_id: str, who: str, created: str) -> None:
        super().__init__(problem, next_step=next_step)
        self.lock_id = lock_id
        self.who = who
        self.created = created


class HalfApplied(DeployError):
    """A killed attempt began to apply the plan, and somebody keeps the lock that the rest of it needs."""


class StalePlan(DeployError):
    """The saved plan no longer fits the state: something was applied since it was made."""


class Superseded(DeployError):
    """What was asked for is part of what runs already: somebody deployed a newer commit."""


class RolloutFailed(DeployError):
    """ECS did not bring the new release up: it rolled back, or ran out of time."""


class NotWell(DeployError):
    """A look found something that is not as it should be; `unwell` names each thing, with its verdict."""

    def __init__(self, problem: str, *, next_step: str, unwell: Mapping[str, Verdict] | None = None) -> None:
        super().__init__(problem, next_step=next_step)
        self.unwell = dict(unwell or {})


class VerificationFailed(NotWell):
    """The change is applied, but what runs is not what was meant, or that could not be seen."""


class DriftFound(NotWell):
    """Somebody changed an environment from outside: it is not what its release says."""


class NotServing(VerificationFailed):
    """The change is applied, and the release certainly does not serve."""
