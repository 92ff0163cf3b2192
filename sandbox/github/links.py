"""The addresses in answers. Each starts with the stand-in's own address, or clients refuse to follow it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Links:
    """The addresses of one repository; `site` has no slash at its end."""

    site: str
    full_name: str

    @property
    def api(self) -> str:
        """The repository in the API."""
        return f"{self.site}/repos/{self.full_name}"

    @property
    def page(self) -> str:
        """The repository as people see it."""
        return f"{self.site}/{self.full_name}"

    def api_of(self, *parts: str | int) -> str:
        """Something of the repository in the API."""
        return "/".join((self.api, *(quote(str(part), safe="/") for part in parts)))

    def page_of(self, *parts: str | int) -> str:
        """Something of the repository as people see it."""
        return "/".join((self.page, *(quote(str(part), safe="/") for part in parts)))


def node_id(kind: str, number: int | str) -> str:
    """GitHub's second kind of identity, which only has to be there and to be unique."""
    return f"{kind}_{number}"
