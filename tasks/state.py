"""Looks at the environment's Terraform state where no work of Terraform is needed for it."""

from __future__ import annotations

from models.environment import Environment
from models.outputs import Outputs, select_outputs
from systems.aws.session import Aws
from systems.aws.state import State, read_state


def live_outputs(environment: Environment) -> Outputs:
    """Where the environment's parts are now.

    Raises SetUpError naming outputs that are missing.
    """
    values = terraform_state(environment).output_values()
    return select_outputs(values, environment.terraform.outputs, environment.elsewhere)


def terraform_state(environment: Environment) -> State:
    """The state as it is now, an empty one before the first apply.

    Raises TerraformFailed where what is stored is no state.
    """
    settings = environment.aws
    return read_state(Aws(settings.region), settings.state_bucket, settings.state_key)
