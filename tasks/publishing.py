"""Puts the deployment page beside the log that it tells of, as new as the night's backup."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger

from models.environment import Environment
from systems.aws.published_page import publish_page
from systems.aws.session import Aws
from systems.deployment_page.facts import gather
from systems.deployment_page.page import page
from tasks.access import open_repository
from tasks.steps import look

MEASURED_DAYS = 90
"""How far the four measures look back."""


@look("Publish the deployment page")
def publish_deployment_page(environment: Environment) -> None:
    """Write the environment's page into its releases bucket. Raises what reading and writing raise."""
    found = gather(environment, lambda: open_repository(environment))
    html = page([found], datetime.now(UTC), MEASURED_DAYS)
    address = publish_page(Aws(environment.aws.region), environment.aws.releases_bucket, html)
    get_run_logger().info("The deployment page is %s.", address)
