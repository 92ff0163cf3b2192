"""What must exist before Terraform can run: buckets for state and releases, a key, a repository of images."""

from __future__ import annotations

from prefect import get_run_logger

from models.environment import Environment
from systems.aws.bootstrap import ensure_foundation
from systems.aws.session import Aws
from tasks.steps import step


@step(
    "Make sure that the buckets, the key and the image repository exist", "Make sure that the ground exists"
)
def lay_foundation(environment: Environment) -> None:
    """Create what is missing and change nothing that is there.

    Raises Refused where a name belongs to another AWS account.
    """
    log = get_run_logger()
    for item in ensure_foundation(Aws(environment.aws.region), environment.aws, log.info):
        log.info("%s %s: %s.", item.kind, item.name, item.presence)
