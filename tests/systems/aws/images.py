"""Images as tests push them."""

from __future__ import annotations

import hashlib
import json

from systems.aws.session import Aws

_MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


def push(aws: Aws, repository: str, commit: str, media_type: str = _MEDIA_TYPE) -> str:
    """Push an image of this commit and give its digest."""
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "annotations": {"revision": commit}})
    digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    aws.ecr.put_image(
        repositoryName=repository,
        imageManifest=manifest,
        imageManifestMediaType=media_type,
        imageTag=commit,
        imageDigest=digest,
    )
    return digest
