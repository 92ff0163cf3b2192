"""A bare repository and its refs, through the git program. Commits, trees and blobs are in git_objects.py.

Names from outside never reach git as options or revision expressions: a ref is checked and then written out
in full, an object is named by its hexadecimal hash.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HASH = re.compile(r"[0-9a-f]{40}")
SHORT_HASH = re.compile(r"[0-9a-f]{4,40}")
NO_OBJECT = "0" * 40
_DEADLINE_SECONDS = 60
_SETTINGS = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}


class GitFailed(Exception):
    """Git ended with an exit code that the caller did not expect; holds what it said."""


@dataclass(frozen=True)
class Ref:
    """A ref by its full name, such as refs/heads/dev, and the object that it names."""

    name: str
    kind: str
    target: str


@dataclass(frozen=True)
class GitRepository:
    """A bare repository in the folder `path`."""

    path: Path

    @classmethod
    def create(cls, path: Path, default_branch: str) -> GitRepository:
        """A new empty repository that takes pushes over HTTP."""
        path.mkdir(parents=True)
        repository = cls(path)
        repository.run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", ".")
        repository.run("config", "http.receivepack", "true")
        return repository

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (0,),
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git in the repository.

        Raises GitFailed for an exit code that is not in `accept`.
        """
        done = subprocess.run(
            ("git", *arguments),
            cwd=self.path,
            input=stdin,
            env={**os.environ, **_SETTINGS, **(environment or {})},
            capture_output=True,
            timeout=_DEADLINE_SECONDS,
            check=False,
        )
        if done.returncode not in accept:
            raise GitFailed(done.stderr.decode(errors="replace").strip())
        return done

    def text(self, *arguments: str) -> str:
        """What git says, without the last newline."""
        return self.run(*arguments).stdout.decode(errors="replace").rstrip("\n")

    def refs(self, prefix: str = "refs/") -> list[Ref]:
        """All refs whose full name starts with `prefix`, in git's order."""
        listed = self.text("for-each-ref", "--format=%(refname) %(objecttype) %(objectname)")
        found = (Ref(*line.split(" ")) for line in listed.split("\n") if line)
        return [ref for ref in found if ref.name.startswith(prefix)]

    def ref(self, name: str) -> Ref | None:
        """The ref of this full name."""
        return next((ref for ref in self.refs(name) if ref.name == name), None)

    def commit_of(self, ref: str) -> str | None:
        """The commit that a branch, tag, ref, HEAD or (short) hash names, tried in this order."""
        candidates = (f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/{ref}", ref)
        names = [name for name in candidates if is_ref_name(name)]
        if ref == "HEAD" or SHORT_HASH.fullmatch(ref):
            names.append(ref)
        questions = "".join(f"{name}^{{commit}}\n" for name in names)
        answers = self.run("cat-file", "--batch-check=%(objectname)", stdin=questions.encode()).stdout
        return next((line for line in answers.decode().split("\n") if HASH.fullmatch(line)), None)

    def has_object(self, sha: str, kind: str) -> bool:
        """Whether there is an object of this full hash and kind (commit, tree, blob)."""
        if not HASH.fullmatch(sha):
            return False
        done = self.run("cat-file", "-t", sha, accept=(0, 128))
        return done.stdout.decode().strip() == kind

    def move_ref(self, name: str, new: str, old: str) -> bool:
        """Let the ref name `new` if it still names `old` (NO_OBJECT: if it is new); False if it does not."""
        done = self.run("update-ref", "--end-of-options", name, new, old, accept=(0, 1, 128))
        return done.returncode == 0

    def delete_ref(self, name: str, old: str) -> bool:
        """Delete the ref if it still names `old`; False if it does not."""
        done = self.run("update-ref", "-d", "--end-of-options", name, old, accept=(0, 1, 128))
        return done.returncode == 0

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether the history of `descendant` holds `ancestor`; a commit is its own ancestor."""
        done = self.run("merge-base", "--is-ancestor", ancestor, descendant, accept=(0, 1))
        return done.returncode == 0

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits; None where their histories never met."""
        return self.run("merge-base", one, other, accept=(0, 1)).stdout.decode().strip() or None


def is_ref_name(name: str) -> bool:
    """Whether this is a well-formed full ref name (git's check-ref-format, for names below refs/)."""
    forbidden = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//", name)
    if forbidden or not name.startswith("refs/") or name.endswith(("/", ".")):
        return False
    parts = name.split("/")
    return len(parts) >= 3 and not any(
        part.startswith((".", "-")) or part.endswith(".lock") or not part for part in parts
    )
