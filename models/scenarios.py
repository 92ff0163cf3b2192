"""Which request each scenario takes; a scenario that is not here is not offered."""

from __future__ import annotations

from models.names import Scenario
from models.request import (
    ApplicationDeploymentRequest,
    BackupRequest,
    ConfigurationRequest,
    DriftRequest,
    HotfixRequest,
    InitialDeploymentRequest,
    MigrationRequest,
    Neo4jChangeRequest,
    Request,
    RestoreDrillRequest,
    RestoreRequest,
    RetirementRequest,
    RollbackRequest,
    ScalingRequest,
    SwitchBackRequest,
    VerificationRequest,
)

REQUESTS: dict[Scenario, type[Request]] = {
    Scenario.INITIAL_DEPLOYMENT: InitialDeploymentRequest,
    Scenario.APPLICATION_DEPLOYMENT: ApplicationDeploymentRequest,
    Scenario.ROLLBACK: RollbackRequest,
    Scenario.HOTFIX: HotfixRequest,
    Scenario.MIGRATION: MigrationRequest,
    Scenario.SWITCH_BACK: SwitchBackRequest,
    Scenario.RETIREMENT: RetirementRequest,
    Scenario.SCALING: ScalingRequest,
    Scenario.CONFIGURATION: ConfigurationRequest,
    Scenario.NEO4J_CHANGE: Neo4jChangeRequest,
    Scenario.BACKUP: BackupRequest,
    Scenario.RESTORE: RestoreRequest,
    Scenario.RESTORE_DRILL: RestoreDrillRequest,
    Scenario.VERIFICATION: VerificationRequest,
    Scenario.DRIFT: DriftRequest,
}

WORKS_ON_MACHINES = frozenset(
    {
        Scenario.INITIAL_DEPLOYMENT,
        Scenario.NEO4J_CHANGE,
        Scenario.MIGRATION,
        Scenario.RETIREMENT,
        Scenario.RESTORE,
    }
)
"""Changes that fence, replace, build or remove the machines of databases, where a backup may be being proven.
A switch back fences only the slot that is kept, which nobody backs up."""
