"""An image's digest is that of its manifest, and an immutable tag names one image for ever.

moto takes any digest it is given, makes one of the layers' where none is given, and calls a tag that is taken
an image that exists.
"""

from __future__ import annotations

import hashlib
import json

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException
from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend, Image

from sandbox.aws.mends.mend import Clients, Mend, Seam

_stock_put = ECRBackend.put_image


class ImageDigestDoesNotMatchException(ServiceException):
    """The digest given is not the manifest's."""

    code = "ImageDigestDoesNotMatchException"


class ImageTagAlreadyExistsException(ServiceException):
    """The tag is immutable and names another image."""

    code = "ImageTagAlreadyExistsException"


def _patch() -> None:
    ECRBackend.put_image = _put_image  # type: ignore[method-assign]


def _put_image(  # noqa: PLR0917 - moto's signature
    self: ECRBackend,
    repository_name: str,
    image_manifest: str,
    image_tag: str,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    actual = f"sha256:{hashlib.sha256(image_manifest.encode()).hexdigest()}"
    if digest is not None and digest != actual:
        raise ImageDigestDoesNotMatchException(
            f"Image digest {digest} does not match the manifest's, {actual}"
        )
    try:
        return _stock_put(self, repository_name, image_manifest, image_tag, image_manifest_mediatype, actual)
    except ImageAlreadyExistsException as error:
        holders = [
            image for image in self.repositories[repository_name].images if image_tag in image.image_tags
        ]
        if any(image.image_digest == actual for image in holders):
            raise
        raise ImageTagAlreadyExistsException(
            f"The image tag '{image_tag}' already exists in the '{repository_name}' repository and cannot be "
            "overwritten because the tag is immutable."
        ) from error


def _is_needed(clients: Clients) -> bool:
    ecr = clients("ecr")
    ecr.create_repository(repositoryName="probe", imageTagMutability="IMMUTABLE")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
    image = ecr.put_image(repositoryName="probe", imageManifest=manifest, imageTag="one")["image"]
    try:
        ecr.put_image(repositoryName="probe", imageManifest=manifest + " ", imageTag="one")
    except ClientError as error:
        code = error.response["Error"]["Code"]
    ecr.delete_repository(repositoryName="probe", force=True)
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    return bool(code != "ImageTagAlreadyExistsException" or image["imageId"]["imageDigest"] != digest)


MEND = Mend(
    name="image-digests",
    wrong="An image has any digest, and a taken immutable tag is refused under the wrong name.",
    seams=(Seam(ECRBackend, "put_image", "165dddaf9828"),),
    patch=_patch,
    is_needed=_is_needed,
)
