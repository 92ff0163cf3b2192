"""One request from outside, and what came back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Probe(BaseModel):
    """The answer to one HTTP request; `status` is None where none came, and `error` then says why."""

    model_config = ConfigDict(frozen=True)

    url: str
    expected_status: int
    status: int | None
    elapsed_seconds: float
    body: str = ""
    """The first characters of the answer's body."""
    error: str = ""
    unresolved: bool = False
    """Whether no answer came because the host's name has no address."""

    @property
    def as_expected(self) -> bool:
        """Whether the expected status came back."""
        return self.status == self.expected_status

    @property
    def summary(self) -> str:
        """The answer in a few words."""
        if self.status is None:
            return f"no answer ({self.error})"
        wanted = "" if self.as_expected else f", expected {self.expected_status}"
        return f"{self.status} after {self.elapsed_seconds * 1000:.0f} ms{wanted}"
