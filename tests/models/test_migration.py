"""Migrations: bad files are refused with the way out, and what is pending follows from what ran."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Refused
from models.migration import MOST_FILES, AppliedMigration, MigrationSet, require_database
from models.migration_file import LARGEST_BYTES, MigrationFile, shown
from models.names import DatabaseName

LEDGER = DatabaseName.LEDGER
GOOD = b"CREATE (:Tier {name: 'basic'});\n"
FOUR = [f"V{number:03}__step.cypher" for number in (1, 2, 3, 10)]


def read(*names: str) -> MigrationSet:
    return MigrationSet.read(LEDGER, dict.fromkeys(names, GOOD))


def applied(*names: str) -> list[AppliedMigration]:
    return [
        AppliedMigration(version=file.version, checksum=file.checksum, source=file.name)
        for file in read(*names).files
    ]


def test_migrations_run_in_the_order_of_their_numbers() -> None:
    """10 comes after 2, where neo4j-migrations would by default sort them as words."""
    names = ["V10__d.cypher", "V2__b.cypher", "V1_1__a.cypher", "V20261127120000__z.cypher"]
    found = read(*names, "README.md", ".gitkeep")
    assert [file.version for file in found.files] == ["1.1", "2", "10", "20261127120000"]
    assert (found.newest, read().newest) == ("20261127120000", None)


@pytest.mark.parametrize(
    "name",
    [
        "v001__name.cypher",
        "V001_name.cypher",
        "V001__.cypher",
        "V001__name.cql",
        "V001__name.cypher.bak",
        "V001__two words.cypher",
        "R001__again.cypher",
        "beforeMigrate.cypher",
        "V001__name.xml",
        "../V001__name.cypher",
        "sub/V001__name.cypher",
        "--address=bolt://x",
        "-V001__name.cypher",
        "V001__name.cypher\n",
        "V٣__name.cypher",
        "V001__näme.cypher",
        f"V001__{'n' * 200}.cypher",
        "",
    ],
)
def test_what_is_not_named_like_a_migration_is_refused(name: str) -> None:
    """Not passed over: who wrote it believes that it runs."""
    with pytest.raises(Refused, match="not named like a migration") as caught:
        read("V000__first.cypher", name)
    assert "V001__what_it_does.cypher" in caught.value.next_step


@given(st.text(max_size=300))
def test_a_name_is_data(name: str) -> None:
    """What is taken can be no option, no path outside and no Markdown; all else is told as one plain line."""
    told = ""
    try:
        file = MigrationFile.read(LEDGER, name, GOOD)
    except Refused as error:
        told = str(error)
    else:
        assert re.fullmatch(r"V[0-9_]+__[A-Za-z0-9_]+\.cypher", name)
        assert file.path == f"migrations/ledger/{name}"
    assert told.isascii()
    assert told == "" or (told.isprintable() and len(told) < 400)


@given(
    st.lists(st.integers(0, 10**17), min_size=1, max_size=5),
    st.from_regex(r"[a-z0-9]{1,9}_[a-z0-9]{1,9}", fullmatch=True),
)
def test_a_good_name_is_taken_apart(numbers: list[int], description: str) -> None:
    """Version and description are as neo4j-migrations reads them."""
    words = description.strip()
    name = f"V{'_'.join(map(str, numbers))}__{words}.cypher"
    file = MigrationFile.read(LEDGER, name, GOOD)
    assert (file.version, file.order) == (".".join(map(str, numbers)), tuple(numbers))
    assert (file.description, file.name) == (words.replace("_", " "), name)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no statement"),
        (b" \n// nothing yet;\n", "holds no statement"),
        (b"CREATE (:A)", "does not end with a semicolon"),
        (b"CREATE (:A);\nCREATE (:B)\n", "does not end with a semicolon"),
        (b"CREATE (:A);\n// the end\n", "does not end with a semicolon"),
        (b"CREATE (:A);\n// between;\nCREATE (:B);\n", "part of comments alone"),
        (b"CREATE (:A); CREATE (:B);\n", "after a semicolon on the same line"),
        (b"CREATE (:A {text: 'one;\ntwo'});\n", "does not end before its statement does"),
        (b"/* one;\n two */ CREATE (:A);\n", "does not end before its statement does"),
        (b'CREATE (:A {text: "it\'s"});\nCREATE (:`B);\n', "does not end before its statement does"),
        (b"CREATE (:A {text: '\xff'});", "is not UTF-8 text"),
        (b"\xef\xbb\xbfCREATE (:A);", "U\\+FEFF"),
        ("CREATE (:A); // \u202e;".encode(), "U\\+202E"),
        (b"CREATE (:A\0);", "U\\+0000"),
        (b"// assume that edition is enterprise\nCREATE (:A);", "depends on a condition"),
        (b":use other;\nCREATE (:A);", "switches to another database"),
        (b"CREATE (:A);\n" * (LARGEST_BYTES // 10), "is larger than 1000 kB"),
    ],
)
def test_a_file_that_would_be_misread_is_refused(content: bytes, problem: str) -> None:
    """Each with a sentence of its own, and the way out."""
    with pytest.raises(Refused, match=problem) as caught:
        MigrationFile.read(LEDGER, "V001__name.cypher", content)
    assert caught.value.problem.startswith("'migrations/ledger/V001__name.cypher' ")
    assert caught.value.next_step.endswith(".")


@given(st.binary(max_size=200))
def test_any_content_is_read_or_refused(content: bytes) -> None:
    """Nothing else comes of it."""
    try:
        file = MigrationFile.read(LEDGER, "V001__name.cypher", content)
    except Refused:
        return
    assert file.statements


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("V001__a.cypher", "V1__b.cypher"),
        ("V1_0__a.cypher", "V1__b.cypher"),
        ("V1__a.cypher", "V1_0_3__b.cypher"),
        ("V2__a.cypher", "V2__b.cypher"),
    ],
)
def test_two_of_one_version_are_refused(one: str, other: str) -> None:
    """Those, too, that only neo4j-migrations holds to be equal: it would run them in any order."""
    with pytest.raises(Refused, match="has the version of"):
        read("V0_9__first.cypher", one, other, "V3__last.cypher")


def test_more_files_than_anybody_means_are_refused() -> None:
    """A whole archive in the folder is a mistake."""
    with pytest.raises(Refused, match="more than"):
        read(*(f"V{number}__n.cypher" for number in range(MOST_FILES + 1)))


@pytest.mark.parametrize("count", range(5))
def test_pending_is_what_follows_the_chain(count: int) -> None:
    """All of it for a database that ran none, nothing for one that ran all."""
    assert [file.name for file in read(*FOUR).pending(applied(*FOUR[:count]))] == FOUR[count:]


def test_a_new_migration_before_one_that_ran_is_refused() -> None:
    """On another branch it was written earlier, and merged later."""
    with pytest.raises(Refused, match=r"comes before V010__step\.cypher, which ledger has run") as caught:
        read(*FOUR).pending(applied(FOUR[0], FOUR[3]))
    assert "V002__step.cypher" in caught.value.problem


def test_a_migration_that_ran_and_is_missing_is_refused() -> None:
    """The commit is older than the database."""
    with pytest.raises(Refused, match="ledger has run the migration '003', which the commit lacks") as caught:
        read(*FOUR[:2]).pending(applied(*FOUR[:3]))
    assert "restore a backup" in caught.value.next_step


def test_a_migration_that_was_changed_after_it_ran_is_refused() -> None:
    """Databases would differ by when they ran it."""
    changed = MigrationSet.read(LEDGER, dict.fromkeys(FOUR, GOOD) | {FOUR[1]: b"CREATE (:Other);\n"})
    with pytest.raises(Refused, match="was changed after ledger ran it") as caught:
        changed.pending(applied(*FOUR[:3]))
    assert "V002__step.cypher" in caught.value.problem


@given(st.text(min_size=1))
def test_a_version_in_the_chain_is_data(version: str) -> None:
    """Whoever may write to the database may write one that is none."""
    with pytest.raises(Refused, match="which the commit lacks") as caught:
        read(*FOUR).pending([AppliedMigration(version=f"x{version}")])
    assert str(caught.value).isprintable()


def test_a_folder_of_no_database_is_refused() -> None:
    """A misspelt one would be passed over."""
    assert require_database("search") is DatabaseName.SEARCH
    with pytest.raises(Refused, match="'migrations/legder' is the folder of no database") as caught:
        require_database("legder")
    assert "ledger or search" in caught.value.next_step


def test_a_long_name_is_shown_in_short() -> None:
    """A sentence stays a sentence."""
    assert len(shown("n" * 5000)) < 130
    assert shown("\x1b[31m`|") == "'\\x1b[31m`|'"
