"""What brings the world of processes in line with what AWS was told: a thread for each reconciler.

A thread of its own, so that a slow reconciler (a database that stops) stalls no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

STEP_SECONDS = 0.1
"""How long a reconciler rests between two steps."""

CLOSE_SECONDS = 30.0
"""How long a step may still take once the loop was told to stop."""

_log = logging.getLogger(__name__)


class Reconciler(Protocol):
    """Compares what should run with what runs, and takes a step from the one to the other."""

    name: str

    def step(self) -> None:
        """Do what is due now and return; called about ten times a second, errors are logged and counted."""

    def close(self) -> None:
        """Stop whatever this reconciler started; no step follows."""


@dataclass(frozen=True)
class ReconcilerHealth:
    """How a reconciler fares: steps done, steps that raised, and the text of the last error."""

    name: str
    steps: int
    errors: int
    last_error: str | None
    alive: bool


class ReconcileLoop:
    """Runs each reconciler in its own thread from `start` to `stop`."""

    def __init__(self, reconcilers: Sequence[Reconciler], *, pause: float = STEP_SECONDS) -> None:
        self._runners = [_Runner(reconciler, pause) for reconciler in reconcilers]

    def start(self) -> None:
        """Begin to step."""
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """Let every step end, then close the reconcilers; one that fails to close keeps none from closing."""
        for runner in self._runners:
            runner.halt.set()
        for runner in self._runners:
            runner.finish()

    def health(self) -> list[ReconcilerHealth]:
        """How every reconciler fares, for `credex sandbox status`."""
        return [runner.health() for runner in self._runners]


class _Runner(threading.Thread):
    def __init__(self, reconciler: Reconciler, pause: float) -> None:
        super().__init__(name=f"reconcile {reconciler.name}", daemon=True)
        self.halt = threading.Event()
        self._reconciler = reconciler
        self._pause = pause
        self._steps = 0
        self._errors = 0
        self._last_error: str | None = None

    def run(self) -> None:
        while not self.halt.is_set():
            self._step()
            self.halt.wait(self._pause)

    def _step(self) -> None:
        self._steps += 1
        try:
            self._reconciler.step()
        except Exception as error:  # noqa: BLE001 - logged and counted; the next step may succeed
            self._note(error, "step")

    def _note(self, error: Exception, during: str) -> None:
        """Count the error; its traceback goes to the log only when it is not the one before again."""
        self._errors += 1
        text = f"{type(error).__name__}: {error}"
        if text != self._last_error:
            _log.exception("reconciler %s: %s failed", self._reconciler.name, during)
        self._last_error = text

    def finish(self) -> None:
        if self.ident is not None:
            self.join(CLOSE_SECONDS)
        try:
            self._reconciler.close()
        except Exception as error:  # noqa: BLE001 - logged; the others must still be closed
            self._note(error, "close")

    def health(self) -> ReconcilerHealth:
        return ReconcilerHealth(
            self._reconciler.name, self._steps, self._errors, self._last_error, self.is_alive()
        )
