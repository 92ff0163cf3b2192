"""Stands for `docker`: what buildx pushes to ECR arrives there, the rest is written down.

Called as docker is, with its arguments; DOCKER_CALLS names the file that they are written to. A build makes
another image each time, as real builds do, and a copy keeps the digest.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path

import boto3

from sandbox.images import MANIFEST_TYPE, digest_of


def main(arguments: list[str]) -> None:
    """Do what the arguments ask for."""
    typed = "" if sys.stdin.isatty() or arguments[0] != "login" else sys.stdin.read()
    with Path(os.environ["DOCKER_CALLS"]).open("a", encoding="utf-8") as calls:
        calls.write(json.dumps({"arguments": arguments, "typed": typed}) + "\n")
    if arguments[:2] == ["buildx", "build"]:
        manifest = json.dumps({"mediaType": MANIFEST_TYPE, "of": uuid.uuid4().hex})
        _put(_value(arguments, "--tag"), manifest, digest_of(manifest))
    if arguments[:3] == ["buildx", "imagetools", "create"]:
        _put(_value(arguments, "--tag"), _manifest(arguments[-1]), arguments[-1].partition("@")[2])


def _value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def _put(image: str, manifest: str, digest: str) -> None:
    """The digest is given, because the local ECR gives a manifest back with other spaces in it."""
    repository, tag = image.partition("/")[2].rsplit(":", 1)
    boto3.client("ecr").put_image(
        repositoryName=repository, imageManifest=manifest, imageTag=tag, imageDigest=digest
    )


def _manifest(image: str) -> str:
    repository, digest = image.partition("/")[2].split("@")
    found = boto3.client("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    return found["images"][0]["imageManifest"]


if __name__ == "__main__":
    main(sys.argv[1:])
