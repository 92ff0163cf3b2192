"""Pull requests: what people merge where a deployment must not."""

from __future__ import annotations

from github.Repository import Repository

from systems.github.client import explained


def ensure_pull_request(repository: Repository, *, head: str, base: str, title: str, body: str) -> str:
    """The address of the open pull request of branch `head` into branch `base`, made unless it is there.

    `body` is Markdown: text from outside must have been escaped.
    """
    with explained(f"open a pull request into {base}"):
        whose = f"{repository.owner.login}:{head}"
        known = next(iter(repository.get_pulls(state="open", head=whose, base=base)), None)
        found = known or repository.create_pull(base, head, title=title, body=body)
        return found.html_url
