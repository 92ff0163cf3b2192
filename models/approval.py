"""A person's yes to one plan: bound to its digest, used once, valid for a while."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from models.guard import Finding
from models.names import CommitSha, ImageDigest, PersonName, Sha256
from models.plan import StateIdentity


class Approval(BaseModel):
    """Who agreed to what. Checked again when the plan is applied, and kept in the log."""

    model_config = ConfigDict(frozen=True)

    plan_sha256: Sha256
    changes_digest: Sha256
    state: StateIdentity
    release_digest: Sha256
    commit: CommitSha
    image_digest: ImageDigest
    findings: list[Finding] = []
    approver: PersonName
    proven_by_code: bool = Field(
        default=False, description="Whether the approver proved with a one-time code who they are."
    )
    comment: str = ""
    given_at: datetime
    expires_at: datetime

    def covers_release(self, release_digest: str, now: datetime) -> bool:
        """Whether this approval is for a plan towards exactly that release and has not expired."""
        return self.release_digest == release_digest and now < self.expires_at

    def covers(self, plan_sha256: str, now: datetime) -> bool:
        """Whether this approval is for exactly that plan file and has not expired."""
        return self.plan_sha256 == plan_sha256 and now < self.expires_at
