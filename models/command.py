"""What a command on an instance came to."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from models.errors import DeployError


class CommandResult(BaseModel):
    """A command that ended well. SSM keeps the first 24,000 characters of what it wrote."""

    model_config = ConfigDict(frozen=True)

    command_id: str
    instance_id: str
    exit_code: int
    stdout: str
    stderr: str


class CommandFailed(DeployError):
    """A command on an instance ended with an error, or did not end in time.

    `exit_code` is None where it did not end; `words` is the end of what it wrote.
    """

    def __init__(
        self, problem: str, *, next_step: str, exit_code: int | None = None, words: str = ""
    ) -> None:
        super().__init__(problem, next_step=next_step)
        self.exit_code = exit_code
        self.words = words
