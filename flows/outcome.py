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


def ends_in_words(function: Callable[P, State[Any]]) -> Callable[P, State[Any]]:
    """Turn the errors that a person may meet into named final states; all others stay exceptions."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        scrub_logs()
        try:
            return _tidied(function, *args, **kwargs)
        except (Refused, SetUpError) as error:
            return Failed(name=REFUSED, message=scrub(str(error)))
        except Rejected as error:
            return Failed(name=REJECTED, message=scrub(str(error)))
        except RolledBack as error:
            return Failed(name=ROLLED_BACK, message=scrub(str(error)))
        except DeployError as error:
            return Failed(message=scrub(str(error)))

    # Prefect reads the parameters' types from the function it gets, in that function's module.
    wrapped.__annotations__ = get_type_hints(function)
    wrapped.__signature__ = inspect.signature(function, eval_str=True)  # type: ignore[attr-defined]
    return wrapped
