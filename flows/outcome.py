"""How a flow run ends: each outcome is a named state whose message is one sentence and the next step.

The names are what people see in Prefect's UI and what `credex trigger --wait` turns into exit codes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, get_type_hints

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.telling import tell_people
from models.errors import DeployError, Refused, Rejected, SetUpError
from systems.redaction import scrub
from tasks.logs import scrub_logs
from tasks.workspace import remove_run_folder

P = ParamSpec("P")

REFUSED = "Refused"
REJECTED = "Rejected"
ROLLED_BACK = "Rolled back"
UNCHANGED = "Unchanged"


class RolledBack(DeployError):
    """The change failed and the last good release was put back."""


_NAMES = {Refused: REFUSED, SetUpError: REFUSED, Rejected: REJECTED, RolledBack: ROLLED_BACK}
_UNEXPECTED = "Something that nobody expected ended it ({}). Read the run's log."


def succeeded(message: str) -> State[Any]:
    """The change is made, verified and recorded."""
    return Completed(message=message)


def unchanged(message: str) -> State[Any]:
    """There was nothing to change."""
    return Completed(name=UNCHANGED, message=message)


def _tidied(function: Callable[P, State[Any]], *args: P.args, **kwargs: P.kwargs) -> State[Any]:
    """Remove the run's scratch folder when it has ended; a suspended or killed run needs it again."""
    try:
        ended = function(*args, **kwargs)
    except Exception:
        remove_run_folder()
        raise
    remove_run_folder()
    return ended


def _in_words(error: DeployError) -> State[Any]:
    names = [name for kind, name in _NAMES.items() if isinstance(error, kind)]
    return Failed(name=names[0] if names else None, message=scrub(str(error)))


def ends_in_words(function: Callable[P, State[Any]]) -> Callable[P, State[Any]]:
    """Turn the errors that a person may meet into named final states; all others stay exceptions."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        scrub_logs()
        request = next(iter(signature.bind(*args, **kwargs).arguments.values()), None)
        try:
            ended, error = _tidied(function, *args, **kwargs), None
        except DeployError as known:
            ended, error = _in_words(known), known
        except Exception as unknown:
            tell_people(request, Failed(message=_UNEXPECTED.format(type(unknown).__name__)), None)
            raise
        return tell_people(request, ended, error)

    # Prefect reads the parameters' types from the function it gets, in that function's module.
    wrapped.__annotations__ = get_type_hints(function)
    wrapped.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return wrapped
