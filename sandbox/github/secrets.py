"""An environment's secrets: sealed by the client to our public key, never given back by the API.

The key pair is real, so the values can be read where the stand-in runs: `secret_values` is for tests and for
people who try the sandbox, and is not reachable under the API's paths.
"""

from __future__ import annotations

import base64
import binascii
import re

import nacl.encoding
import nacl.exceptions
import nacl.public
from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from sandbox.github.answers import GitHubError, Json, Pages, found
from sandbox.github.environments import environment_named
from sandbox.github.git_objects import utc
from sandbox.github.hub import Repository
from sandbox.github.routing import CurrentRepository, Routes
from sandbox.github.store import Record

routes = Routes()
_SECRETS = "/environments/{environment_name}/secrets"
_NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


class KeyRecord(Record):
    """The key pair of one environment."""

    environment_id: int
    private_key: str

    @property
    def pair(self) -> nacl.public.PrivateKey:
        """The key pair itself."""
        return nacl.public.PrivateKey(self.private_key.encode(), nacl.encoding.Base64Encoder)

    @property
    def public_key(self) -> str:
        """The public half in base64, to which clients seal."""
        return self.pair.public_key.encode(nacl.encoding.Base64Encoder).decode()


class SecretRecord(Record):
    """A secret of one environment, sealed as it arrived."""

    environment_id: int
    name: str
    sealed: str


class SealedSecret(BaseModel):
    """What a client sends: the sealed value in base64, and the key that it was sealed to."""

    encrypted_value: str
    key_id: str


def secret_values(repository: Repository, environment_name: str) -> dict[str, str]:
    """The environment's secrets in clear, by name. For the sandbox's own use only."""
    environment_id = environment_named(repository, environment_name).id
    box = nacl.public.SealedBox(_key(repository, environment_id).pair)
    return {
        record.name: box.decrypt(base64.b64decode(record.sealed)).decode()
        for record in _secrets(repository, environment_id)
    }


def _key(repository: Repository, environment_id: int) -> KeyRecord:
    table = repository.table(KeyRecord)
    known = table.where(lambda key: key.environment_id == environment_id)
    return (
        known[0]
        if known
        else table.add(
            lambda number, now: KeyRecord(
                id=number,
                created_at=now,
                updated_at=now,
                environment_id=environment_id,
                private_key=nacl.public.PrivateKey.generate().encode(nacl.encoding.Base64Encoder).decode(),
            )
        )
    )


def _secrets(repository: Repository, environment_id: int) -> list[SecretRecord]:
    mine = repository.table(SecretRecord).where(lambda secret: secret.environment_id == environment_id)
    return sorted(mine, key=lambda secret: secret.name)


def _secret(repository: Repository, environment_name: str, secret_name: str) -> SecretRecord | None:
    environment_id = environment_named(repository, environment_name).id
    wanted = secret_name.upper()
    return next((found for found in _secrets(repository, environment_id) if found.name == wanted), None)


def _body(record: SecretRecord) -> Json:
    return {
        "name": record.name,
        "created_at": utc(record.created_at),
        "updated_at": utc(record.updated_at),
    }


@routes.on("GET", _SECRETS, needs=("environments", "read"))
def list_secrets(repository: CurrentRepository, environment_name: str, pages: Pages) -> Json:
    """The names of the environment's secrets, and when each was last written."""
    records = _secrets(repository, environment_named(repository, environment_name).id)
    return {"total_count": len(records), "secrets": [_body(record) for record in pages.cut(records)]}


@routes.on("GET", f"{_SECRETS}/public-key", needs=("environments", "read"))
def get_public_key(repository: CurrentRepository, environment_name: str) -> Json:
    """The key to which values are to be sealed."""
    key = _key(repository, environment_named(repository, environment_name).id)
    return {"key_id": str(key.id), "key": key.public_key}


@routes.on("GET", f"{_SECRETS}/{{secret_name}}", needs=("environments", "read"))
def get_secret(repository: CurrentRepository, environment_name: str, secret_name: str) -> Json:
    """When one secret was last written."""
    return _body(found(_secret(repository, environment_name, secret_name)))


@routes.on("PUT", f"{_SECRETS}/{{secret_name}}", needs=("environments", "write"), status=201)
def put_secret(
    repository: CurrentRepository, environment_name: str, secret_name: str, new: SealedSecret
) -> Response:
    """Keep a secret: 201 for a new one, 204 for one that was there."""
    environment_id = environment_named(repository, environment_name).id
    name = secret_name.upper()
    if not _NAME.fullmatch(name):
        raise GitHubError(422, "Secret names can only contain alphanumeric characters and underscores")
    _check_seal(_key(repository, environment_id), new)
    table = repository.table(SecretRecord)
    known = _secret(repository, environment_name, name)
    if known is not None:
        table.change(known.id, sealed=new.encrypted_value)
        return Response(status_code=204)
    table.add(
        lambda number, now: SecretRecord(
            id=number,
            created_at=now,
            updated_at=now,
            environment_id=environment_id,
            name=name,
            sealed=new.encrypted_value,
        )
    )
    return JSONResponse({}, status_code=201)


def _check_seal(key: KeyRecord, new: SealedSecret) -> None:
    if new.key_id != str(key.id):
        raise GitHubError(422, "Bad request - public key does not match")
    try:
        nacl.public.SealedBox(key.pair).decrypt(base64.b64decode(new.encrypted_value, validate=True))
    except (binascii.Error, nacl.exceptions.CryptoError):
        raise GitHubError(422, "improperly encrypted secret") from None


@routes.on("DELETE", f"{_SECRETS}/{{secret_name}}", needs=("environments", "write"), status=204)
def delete_secret(repository: CurrentRepository, environment_name: str, secret_name: str) -> Response:
    """Delete a secret."""
    known = found(_secret(repository, environment_name, secret_name))
    repository.table(SecretRecord).remove(known.id)
    return Response(status_code=204)
