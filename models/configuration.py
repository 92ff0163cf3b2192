"""Values of the application's configuration as people may speak of them: by key, version and fingerprint.

A fingerprint is keyed (HMAC), so that nobody who reads one can try values against it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from models.environment import Environment, SecretSource, ValueKind
from models.errors import Refused
from models.guard import Finding, Severity
from models.names import KeyName

_FINGERPRINT_DIGITS = 16
_MOST_CHARACTERS = 4096

_NO_VALUE = re.compile(
    r"(?i)^(placeholder|change[-_ ]?me|todo|tbd|x{3,}|none|null|undefined|not available yet|<.*>|\*+)$"
)
"""What credex-core was once given in place of a value."""

_VARIABLE = re.compile(r"\$\{.*\}|\{\{.*\}\}")

_SCHEMES = {
    ValueKind.URL: {"http", "https"},
    ValueKind.BOLT_URL: {"bolt", "bolt+s", "neo4j", "neo4j+s"},
}


class KeyState(BaseModel):
    """What a key was when somebody looked: its version in SSM, its fingerprint, and GitHub's time of it."""

    model_config = ConfigDict(frozen=True)

    version: int
    fingerprint: str
    github_updated_at: datetime | None = None


class KeyChange(BaseModel):
    """One key that is to change: what it is, and what it will be once the staged value is taken."""

    model_config = ConfigDict(frozen=True)

    key: KeyName
    parameter: str
    staged: str
    """The parameter under which the new value waits."""
    old: KeyState
    new: KeyState

    @property
    def changes(self) -> bool:
        """Whether the new value is another one."""
        return self.old.fingerprint != self.new.fingerprint

    def note(self) -> Finding:
        """What the approver reads of it."""
        now = f"version {self.old.version} (fingerprint {self.old.fingerprint})"
        told = f"stays at {now} in SSM, and is written to GitHub again"
        if self.changes:
            told = f"goes from {now} to version {self.new.version} (fingerprint {self.new.fingerprint})"
        return Finding(severity=Severity.WORTH_A_LOOK, address=self.key, reason=f"{self.key} {told}.")


def key_before_and_after(now: KeyState, wanted: str, known: KeyState | None) -> tuple[KeyState, KeyState]:
    """What a key is changed from and to, from what SSM has `now` to the value of the fingerprint `wanted`.

    `known` is what tasks may still hold where SSM has the wanted value already: the log's newest, if any.
    """
    if now.fingerprint != wanted:
        return now, KeyState(version=now.version + 1, fingerprint=wanted)
    held = known if known and known.fingerprint != wanted else now
    return held, now


def fingerprint(secret: SecretStr, name: str, value: SecretStr) -> str:
    """The keyed fingerprint of a value: equal for equal values of one key, and no other way to tell."""
    message = f"{name}\0{value.get_secret_value()}".encode()
    digest = hmac.new(secret.get_secret_value().encode(), message, hashlib.sha256)
    return digest.hexdigest()[:_FINGERPRINT_DIGITS]


def require_one_purpose(keys: list[str], removed: list[str]) -> None:
    """Raise Refused where no key is named, or one is to be both changed and removed."""
    if not keys and not removed:
        raise Refused("No key is named.", next_step="Name the keys that are to change, or to be removed.")
    both = [key for key in keys if key in removed]
    if both:
        raise Refused(
            f"{', '.join(both)} cannot be changed and removed at once.", next_step="Name each key once."
        )


def split_keys(text: str) -> list[str]:
    """The keys in a text that has them apart by commas or blanks, each once."""
    return list(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))


def require_changeable(environment: Environment, keys: list[str]) -> None:
    """Raise Refused for a key that is not there, or whose value is not people's to choose."""
    for key in keys:
        if key not in environment.secrets:
            raise Refused(
                f"{environment.name} has no key {key!r}.",
                next_step=f"Choose some of {', '.join(changeable(environment))}.",
            )
        if why := _why_not(environment, key):
            raise Refused(f"{key} is not changed by itself: {why[0]}.", next_step=why[1])


def require_removable(environment: Environment, keys: list[str]) -> None:
    """Raise Refused for a key that the application requires, or that it is not given at all."""
    for key in keys:
        if key not in environment.secrets:
            raise Refused(
                f"{environment.name} has no key {key!r}.",
                next_step=f"It can lack {', '.join(removable(environment)) or 'none of those that it has'}.",
            )
        if key not in removable(environment):
            raise Refused(
                f"The application requires {key}.",
                next_step=f"Where it does not any more, say so in {environment.name}.toml: required = false "
                f"under [secrets.{key}].",
            )


def removable(environment: Environment) -> list[str]:
    """The keys that the application can do without, sorted; never a login or an address of a database."""
    relied_on = {
        name for it in environment.databases.values() for name in (it.url_key, it.user_key, it.password_key)
    }
    return sorted(key for key, it in environment.secrets.items() if not it.required and key not in relied_on)


def removal_note(key: KeyName) -> Finding:
    """What the approver reads of a key that is taken away."""
    reason = f"{key} is not given to the tasks any more; its value stays in SSM and at GitHub."
    return Finding(severity=Severity.WORTH_A_LOOK, address=key, reason=reason)


def changeable(environment: Environment) -> list[str]:
    """The keys whose values people choose, sorted."""
    return sorted(key for key in environment.secrets if _why_not(environment, key) is None)


def _why_not(environment: Environment, key: str) -> tuple[str, str] | None:
    source = environment.secrets[key].source
    if source in {SecretSource.LEDGER_BOLT_URL, SecretSource.SEARCH_BOLT_URL}:
        return "it is the address that Terraform puts out", "neo4j-change changes it with the database."
    logins = {name for it in environment.databases.values() for name in (it.user_key, it.password_key)}
    if key in logins:
        return (
            "it is a login to a database, which has to change with it",
            "Change it in Neo4j and SSM together, with a maintenance window.",
        )
    if source is SecretSource.FIXED:
        return "its value is no secret and stands in the environment's TOML file", "Change it there."
    return None


def require_value(key: str, kind: ValueKind, value: SecretStr) -> None:
    """Raise Refused, without the value, for what cannot be meant as one."""
    why = _fault(kind, value.get_secret_value())
    if why:
        raise Refused(
            f"That is no value for {key}: {why}.", next_step="Give the real one; nothing was changed."
        )


def _fault(kind: ValueKind, text: str) -> str | None:
    faults = {
        "it is empty": not text.strip(),
        "it has blanks around it or characters that cannot be seen": text != text.strip()
        or not text.isprintable(),
        f"it is longer than {_MOST_CHARACTERS:,} characters": len(text) > _MOST_CHARACTERS,
        "it is a placeholder": bool(_NO_VALUE.match(text)),
        "it is an ARN, which the application would take literally": text.lower().startswith("arn:"),
        "it holds a variable that nobody would replace": bool(_VARIABLE.search(text)),
    }
    first = next((why for why, applies in faults.items() if applies), None)
    return first or (_fault_of_url(_SCHEMES[kind], text) if kind in _SCHEMES else None)


def _fault_of_url(schemes: set[str], text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in schemes:
        return f"it has to begin with one of {', '.join(f'{scheme}://' for scheme in sorted(schemes))}"
    if not host or re.search(r"\s", text):
        return "it is a URL without a host"
    return None
