"""`python -m deployments.cli` is `credex`, where the project is not installed: in a CI job."""

from deployments.cli import main

main()
