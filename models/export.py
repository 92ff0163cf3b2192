"""What came of an export, and of an import."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from models.fingerprint import Fingerprint


class Export(BaseModel):
    """A file that holds a whole database. `fingerprint` is of exactly the data in it."""

    model_config = ConfigDict(frozen=True)

    fingerprint: Fingerprint
    neo4j_version: str
    size_bytes: int = Field(gt=0)
    sha256: str = Field(description="Of the file, in hexadecimal.")

    @property
    def proven(self) -> bool:
        """Whether the file holds one state of the database: nothing was written while it was made."""
        return self.fingerprint.settled


class Import(BaseModel):
    """An import that came to its end; whether it is the same data, the fingerprints tell."""

    model_config = ConfigDict(frozen=True)

    exported: Fingerprint
    imported: Fingerprint
    refused: list[str] = Field(
        default=[], description="Constraints and indexes that the server did not make, with Neo4j's code."
    )
    relationships_without_ends: int = Field(
        default=0, description="Left out; they come only from exports made while somebody wrote."
    )

    @property
    def proven(self) -> bool:
        """Whether the database now holds exactly what was exported."""
        return self.imported.same_content(self.exported)

    def differences(self) -> list[str]:
        """What keeps it from being proven, a clause each."""
        return self.imported.content_differences(self.exported)
