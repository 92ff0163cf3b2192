"""The databases' migrations are read from the repository at one commit, and nothing is passed over."""

from __future__ import annotations

import pytest
from github.Repository import Repository

from models.errors import Refused, SetUpError
from models.migration_file import LARGEST_BYTES
from models.names import DatabaseName
from sandbox.github.git import NO_OBJECT
from sandbox.github.git_objects import Signature, TreeEntry, read_commit, write_blob, write_commit, write_tree
from sandbox.github.seed import FULL_NAME, add_commit, heads
from sandbox.github.server import GitHubServer
from systems.github.migrations import read_migrations

GOOD = "CREATE (:Tier {name: 'grün'});\n"
LEDGER, SEARCH = DatabaseName.LEDGER, DatabaseName.SEARCH


def commit(server: GitHubServer, files: dict[str, str | None]) -> str:
    return add_commit(server.repository(FULL_NAME), "dev", files, "Migrate")


def commit_entry(server: GitHubServer, path: str, mode: str, kind: str) -> str:
    """A commit on top of dev with an entry that is no plain file."""
    git = server.repository(FULL_NAME).git
    head = heads(server.repository(FULL_NAME))["dev"]
    target = head if kind == "commit" else write_blob(git, b"../../src")
    tree = write_tree(git, read_commit(git, head).tree, [TreeEntry(path, mode, kind, target)])
    signature = Signature("ada", "ada@users.noreply.github.com", server.repository(FULL_NAME).clock())
    made = write_commit(git, tree=tree, parents=[head], message="Link", author=signature)
    git.move_ref("refs/heads/linked", made, NO_OBJECT)
    return made


def test_each_database_has_the_files_of_its_folder(server: GitHubServer, repository: Repository) -> None:
    """As they are at that commit, whatever the branch has since."""
    first = commit(server, {"migrations/ledger/V002__tiers.cypher": GOOD, "migrations/README.md": "Hello.\n"})
    commit(server, {"migrations/ledger/V003__later.cypher": GOOD})
    found = read_migrations(repository, first)
    assert [file.name for file in found[LEDGER].files] == ["V001__daynode.cypher", "V002__tiers.cypher"]
    assert found[LEDGER].files[1].content == GOOD
    assert [file.path for file in found[SEARCH].files] == ["migrations/search/V001__credex.cypher"]


def test_without_a_folder_there_are_no_migrations(server: GitHubServer, repository: Repository) -> None:
    """Neither where a database's own is missing nor where there is none at all."""
    without_one = commit(server, {"migrations/search/V001__credex.cypher": None})
    assert read_migrations(repository, without_one)[SEARCH].files == []
    without_any = commit(server, {"migrations/ledger/V001__daynode.cypher": None})
    assert all(found.files == [] for found in read_migrations(repository, without_any).values())


@pytest.mark.parametrize(
    ("path", "mode", "kind"),
    [
        ("migrations/ledger/V002__link.cypher", "120000", "blob"),
        ("migrations/ledger/V002__module.cypher", "160000", "commit"),
        ("migrations/ledger/V002__folder.cypher/V003__deep.cypher", "100644", "blob"),
    ],
)
def test_what_leads_outside_is_refused(
    server: GitHubServer, repository: Repository, path: str, mode: str, kind: str
) -> None:
    """A link's text would be taken for Cypher; what a submodule holds nobody has reviewed here."""
    with pytest.raises(Refused, match="is a link, a submodule or a folder"):
        read_migrations(repository, commit_entry(server, path, mode, kind))


def test_a_link_in_a_folders_place_is_refused(server: GitHubServer, repository: Repository) -> None:
    """It is read nowhere."""
    commit(server, {"migrations/search/V001__credex.cypher": None})
    with pytest.raises(Refused, match="'migrations/search' is no folder"):
        read_migrations(repository, commit_entry(server, "migrations/search", "120000", "blob"))


def test_a_folder_of_no_database_is_refused(server: GitHubServer, repository: Repository) -> None:
    """A misspelt folder would be passed over without a word."""
    with pytest.raises(Refused, match="'migrations/legder' is the folder of no database"):
        read_migrations(repository, commit(server, {"migrations/legder/V002__tiers.cypher": GOOD}))


def test_a_big_file_is_refused_before_it_is_fetched(
    server: GitHubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size stands in the listing."""
    monkeypatch.delattr(Repository, "get_git_blob")
    big = commit(server, {"migrations/ledger/V000__big.cypher": GOOD * (LARGEST_BYTES // 20)})
    with pytest.raises(Refused, match="is larger than 1000 kB"):
        read_migrations(repository, big)


def test_an_unknown_commit_is_told(repository: Repository) -> None:
    """It was never pushed, or the token does not see it."""
    with pytest.raises(SetUpError, match="when asked to read the migrations of 012345678901"):
        read_migrations(repository, "0123456789" * 4)
