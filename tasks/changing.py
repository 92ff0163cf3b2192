"""Tells whether an environment is in the middle of a change, so that nobody judges it by its last release."""

from __future__ import annotations

from models.environment import Environment
from tasks.going_on import changes_to_go_on
from tasks.lock import is_held, lock_name, machines_lock_name


def is_changing(environment: Environment) -> bool:
    """Whether a run changes the environment just now, or was killed while it did and is still to go on."""
    return is_held(lock_name(environment)) or bool(changes_to_go_on(environment))


def is_copying(environment: Environment) -> bool:
    """Whether copies of volumes may be attached to databases' machines: Terraform takes them for drift."""
    return is_held(machines_lock_name(environment))
