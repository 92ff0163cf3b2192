"""The machine images (AMIs) of the sandbox, under ids that stay the same, since ids are inputs of Terraform.

Two images, so that replacing an instance for a newer image can be tried.
"""

from __future__ import annotations

from sandbox.aws.backends import LOCK, ec2

MACHINE_IMAGES = {
    "ami-00000000000000001": "credex-neo4j-host-1",
    "ami-00000000000000002": "credex-neo4j-host-2",
}
"""Image id to name; the first is the one in the environments' settings."""


def register_machine_images() -> None:
    """Register the images in a new account."""
    with LOCK:
        for image_id, name in MACHINE_IMAGES.items():
            image = ec2().register_image(name=name, description="A Linux host prepared for Neo4j")
            del ec2().amis[image.id]
            image.id = image_id
            ec2().amis[image_id] = image
