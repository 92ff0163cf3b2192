"""Builds and pushes images as the application's CI would: an image is an OCI manifest in the local ECR.

There are no layers to pull: the manifest's annotations say which commit it was built from and how the
application in it behaves, and the ECS simulation starts the stand-in application accordingly.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

REVISION = "org.opencontainers.image.revision"
"""The annotation that names the commit."""

BEHAVIOUR = "credex.sandbox.behaviour"
"""The annotation that says how the application in it behaves: ok, crash, sick, wrong-port or slow-start."""

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def ensure_repository(ecr: ECRClient, repository: str) -> None:
    """Create the repository, with immutable tags, unless it is there."""
    try:
        ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    except ecr.exceptions.RepositoryAlreadyExistsException:
        return


def push_image(ecr: ECRClient, repository: str, commit: str, behaviour: str = "ok") -> str:
    """Push the image of a commit, tagged with it, and return its digest; one that is there already stays.

    Raises:
        ImageTagAlreadyExistsException: the commit has another image, and the repository's tags are immutable.

    """
    manifest = _manifest(commit, behaviour)
    digest = digest_of(manifest)
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest,
            imageManifestMediaType=MANIFEST_TYPE,
            imageTag=commit,
            imageDigest=digest,
        )
    except ecr.exceptions.ImageAlreadyExistsException:
        return digest
    return digest


def digest_of(manifest: str) -> str:
    """Tell the digest a registry gives to a manifest."""
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def _manifest(commit: str, behaviour: str) -> str:
    config = _canonical(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}
    )
    return _canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": digest_of(config), "size": len(config)},
            "layers": [],
            "annotations": {REVISION: commit, BEHAVIOUR: behaviour},
        }
    )


def _canonical(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)
