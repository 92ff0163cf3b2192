"""`python -m systems.terraform ARGUMENTS`: Terraform by hand, as the flows run it.

The same binary and the same source of the provider, whatever the machine has.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from models.errors import DeployError
from systems.terraform.binary import find_terraform
from systems.terraform.runner import terraform_environment


def main(arguments: list[str]) -> None:
    """Become Terraform, working on the folder that `-chdir=` names, else on the current one.

    Of the caller's `TF_*` variables only TF_DATA_DIR counts.
    """
    named = [argument.partition("=")[2] for argument in arguments if argument.startswith("-chdir=")]
    directory = Path(named[0] if named else ".")
    binary = find_terraform()
    kept = {name: os.environ[name] for name in ("TF_DATA_DIR",) if name in os.environ}
    os.execve(binary, [str(binary), *arguments], terraform_environment(os.environ, directory) | kept)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DeployError as error:
        sys.exit(str(error))
