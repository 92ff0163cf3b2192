"""What must be true before anything is planned: known environment, working tools and credentials."""

from __future__ import annotations

from prefect import get_run_logger

from models.environment import Environment
from systems.aws.session import Aws
from systems.environments import load_environment
from systems.terraform.binary import find_terraform
from tasks.steps import step


@step("Check the environment's settings, tools and credentials", "Check the settings, tools and credentials")
def check_environment(name: str) -> Environment:
    """The settings of the environment, once Terraform is found and AWS knows who we are.

    Raises Refused for an unknown environment and SetUpError for what is missing, each with the way out.
    """
    environment = load_environment(name)
    find_terraform()
    aws = Aws(environment.aws.region).identity()
    get_run_logger().info("%s is in AWS account %s; we are %s.", name, aws.account, aws.arn)
    return environment
