"""What an environment's TOML file says: where things are and what they are called.

`deployments/environments/<name>.toml` is read into `Environment`. The application's own names (Terraform
outputs, secrets, ports) are settings here because they changed over credex-core's history.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.bolt_address import encrypted_or_near
from models.freeze import FreezeWindow
from models.names import DatabaseName, EnvironmentName, KeyName, PersonName, Slot, folded, same_person
from models.notification import News
from models.protection import GuardSettings
from models.release import Database
from models.root_module import VariableNames

BucketName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_./-]{1,500}$")]
BoltAddress = Annotated[
    str,
    StringConstraints(pattern=r"^(bolt|neo4j)(\+s)?://[A-Za-z0-9.-]+(:\d{1,5})?$"),
    AfterValidator(encrypted_or_near),
]
HttpPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9/_-]*$")]
CypherName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$")]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AwsSettings(_Settings):
    """Where in AWS: region, and the things that must exist before Terraform can run."""

    region: str
    state_bucket: BucketName
    state_key: str = "credex-core/terraform.tfstate"
    releases_bucket: BucketName
    backups_bucket: BucketName
    neo4j_artifacts: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/[\w.-]+)*$")] = (
        Field(description="Where Neo4j's archives are: the root module's neo4j_artifacts_uri.")
    )
    key_alias: Annotated[str, StringConstraints(pattern=r"^alias/[A-Za-z0-9/_-]+$")]
    repository: str = Field(description="Name of the ECR repository of the application's images.")


class OutputNames(_Settings):
    """The names under which the root module puts out what the flows need."""

    ledger_bolt_url: str = "neo4j_ledger_bolt_url"
    search_bolt_url: str = "neo4j_search_bolt_url"
    cluster: str = "ecs_cluster_name"
    service: str = "ecs_service_name"
    api_url: str = "api_url"
    task_definition: str = "task_definition_arn"
    load_balancer: str = Field(
        default="load_balancer_dns_name",
        description="The load balancer's own DNS name, to tell where the API's has to point; may be missing.",
    )


class TerraformSettings(_Settings):
    """The root module and its variable files, relative to the working directory of the worker."""

    directory: str = "terraform"
    var_files: list[str] = Field(description="Paths of .tfvars or .tfvars.json files, in order.")
    outputs: OutputNames = OutputNames()
    variables: VariableNames = VariableNames()


class TaskIdentity(_Settings):
    """A path whose answer is a JSON object that names, under a key, the ECS task that gave it."""

    path: HttpPath
    key: str


class ServiceSettings(_Settings):
    """What the application is called inside its task definition, and how it says that it lives."""

    container: str = "credex-core"
    port: int = Field(default=5000, ge=1, le=65535)
    health_path: HttpPath = "/health"
    task_identity: TaskIdentity | None = Field(
        default=None, description="Where the application says which of its tasks answers; it need not."
    )
    settles_within_seconds: float = Field(
        default=180,
        gt=0,
        description="How long ECS may take to replace a task, or to balance the zones, before it is a fault.",
    )


class GitHubSettings(_Settings):
    """The application's repository, the GitHub Environment whose secrets we keep, and our token's place."""

    api_url: str = "https://api.github.com"
    repository: Annotated[str, StringConstraints(pattern=r"^[\w.-]+/[\w.-]+$")]
    environment: str
    branch: str
    token_parameter: ParameterName
    required_checks: list[str] = Field(
        default=[],
        description="Checks that a hotfix's commit must have passed, by name; all that it has must be green, "
        "and one must be there even where none is named.",
    )


class ApproverSettings(_Settings):
    """Somebody who may agree, and where the secret of their one-time codes is."""

    name: PersonName
    github: PersonName | None = Field(
        default=None,
        description="Their login at GitHub, under which CI asks for changes: so it is known who the "
        "requester is.",
    )
    code_parameter: ParameterName = Field(
        description="SSM parameter with the secret, made by credex approver add; of this person and this "
        "environment alone."
    )


class ApprovalSettings(_Settings):
    """Whether a person has to agree before this environment changes, who may, and how long it may take."""

    required: bool = False
    expires_after_hours: float = Field(default=24, gt=0, le=24 * 14)
    requester_may_approve: bool = Field(
        default=True, description="Whether whoever asks for a change may agree to it too."
    )
    approvers: list[ApproverSettings] = Field(
        default=[],
        description="Who may agree, each with a one-time code; where none is named, anybody with the form.",
    )

    @model_validator(mode="after")
    def _has_each_approver_once(self) -> Self:
        for values in (
            [folded(approver.name) for approver in self.approvers],
            [approver.code_parameter for approver in self.approvers],
        ):
            if len(set(values)) < len(values):
                raise ValueError("each approver needs a name and a code_parameter of their own")
        return self

    def is_requester(self, approver: str, requester: str) -> bool:
        """Whether this approver asked for the change, under their name or under their login at GitHub."""
        known = self.approver(approver)
        names = [approver, *([known.github] if known and known.github else [])]
        return any(same_person(name, requester) for name in names)

    def approver(self, name: str) -> ApproverSettings | None:
        """The approver of this name, however it is written; None where there is none."""
        return next((item for item in self.approvers if same_person(item.name, name)), None)


class LimitsSettings(_Settings):
    """What scaling may do here. A limit says why it is there: people have to know whether to raise it."""

    max_tasks: int = Field(default=10, ge=1, le=100)
    max_tasks_because: str = "each task runs the jobs and opens connections to both databases of its own"
    zero_tasks_need_a_reason: bool = Field(
        default=True, description="Whether stopping the application altogether has to be explained."
    )


class SecretSource(StrEnum):
    """Where a secret's first value comes from."""

    GENERATED = "generated"
    OPERATOR = "operator"
    FIXED = "fixed"
    LEDGER_BOLT_URL = "ledger-bolt-url"
    SEARCH_BOLT_URL = "search-bolt-url"


class ValueKind(StrEnum):
    """What a value has to look like."""

    TEXT = "text"
    URL = "url"
    BOLT_URL = "bolt-url"


class SecretSettings(_Settings):
    """One key of the application's configuration: its SSM parameter, and whether GitHub needs it too."""

    parameter: ParameterName
    source: SecretSource
    kind: ValueKind = ValueKind.TEXT
    value: str | None = Field(default=None, description="Only for source 'fixed': a value that is no secret.")
    github: bool = True
    required: bool = Field(
        default=True,
        description="Whether the application needs it: the scenario configuration removes no such key.",
    )


class ConfigurationSettings(_Settings):
    """Where new values wait until they are taken, and the key that all fingerprints are made with.

    Where nothing is said: /credex/NAME/staged and /credex/NAME/deploy/fingerprint-key.
    """

    staging_path: ParameterName | None = None
    fingerprint_key: ParameterName | None = None


class Constraint(_Settings):
    """A uniqueness constraint that the application relies on."""

    label: CypherName
    property: CypherName


class ProvingSettings(_Settings):
    """An empty database of its own for each database elsewhere: its backups are imported there and compared.

    It is emptied afterwards. What was in it before is never touched: it has to be empty.
    """

    url: BoltAddress
    user_parameter: ParameterName
    password_parameter: ParameterName


class DatabaseSettings(_Settings):
    """How the application logs in to one database, and what must hold in it."""

    user_key: KeyName
    password_key: KeyName
    url_key: KeyName
    constraints: list[Constraint] = []
    proving: ProvingSettings | None = Field(
        default=None, description="Where its backups are proven, if it runs elsewhere: else none is made."
    )
    elsewhere: BoltAddress | None = Field(
        default=None,
        description="Its Bolt URL where it runs on no machine of this infrastructure, such as Aura: the "
        "application and the data are looked after, the server, its backups and migrations are not.",
    )


HEARTBEAT_KEY = "HEARTBEAT_URL"
"""What `credex config set` calls the address of the service that misses our checks."""


class ChannelSettings(_Settings):
    """A channel in which people are told what happens: chat, e-mail, or any webhook."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    address_parameter: ParameterName = Field(
        description="SSM parameter with its Apprise address, a secret: credex config set CHANNEL_NAME."
    )
    news: list[News] = Field(default=list(News), description="What is told here; everything unless named.")

    @property
    def key(self) -> str:
        """What `credex config set` calls the address."""
        return f"CHANNEL_{self.name.upper().replace('-', '_')}"


class Neo4jSettings(_Settings):
    """How long a database's machine may take until Neo4j lets the application log in."""

    start_within_seconds: float = Field(
        default=15 * 60, gt=0, description="A new machine mounts its volume and installs Neo4j first."
    )


class MigrationSettings(_Settings):
    """What a migration of the databases may take; writes are kept out meanwhile."""

    longest_minutes: float = Field(
        default=30, gt=0, le=24 * 60, description="How long all of one database's migrations may run."
    )
    traffic_steps: list[Annotated[int, Field(ge=1, le=99)]] = Field(
        default=[],
        description="Shares of the requests, in percent, that the new slot gets before it gets all. "
        "Meanwhile the old slot's part of them cannot write.",
    )
    seconds_between_steps: float = Field(
        default=60, ge=0, le=3600, description="How long each share is watched before the next one."
    )


class AdoptedService(_Settings):
    """An ECS service that runs already and is in no state: the root module's import blocks adopt it."""

    cluster: str
    service: str


class FirstRelease(_Settings):
    """What the initial deployment starts from where its form is left as it is."""

    desired_count: int = Field(ge=1, le=100)
    databases: dict[DatabaseName, Database] = {}


class Environment(_Settings):
    """One environment: development, staging, production, or your own."""

    name: EnvironmentName
    promotes_from: EnvironmentName | None = Field(
        default=None, description="The stage before: only images that passed there are deployed here."
    )
    aws: AwsSettings
    terraform: TerraformSettings
    service: ServiceSettings = ServiceSettings()
    github: GitHubSettings
    approval: ApprovalSettings = ApprovalSettings()
    limits: LimitsSettings = LimitsSettings()
    configuration: ConfigurationSettings = ConfigurationSettings()
    guard: GuardSettings = GuardSettings()
    freeze: list[FreezeWindow] = Field(
        default=[], description="When nothing is changed here, unless the request says why it has to be."
    )
    secrets: dict[KeyName, SecretSettings]
    databases: dict[DatabaseName, DatabaseSettings]
    neo4j: Neo4jSettings = Neo4jSettings()
    migration: MigrationSettings = MigrationSettings()
    channels: list[ChannelSettings] = Field(default=[], description="Where people are told what happens.")
    heartbeat_url_parameter: ParameterName | None = Field(
        default=None,
        description="SSM parameter with the address, a secret, of a service outside: it is requested after "
        f"each verification, and tells people when it is not. credex config set {HEARTBEAT_KEY}.",
    )
    first_release: FirstRelease
    adopts: AdoptedService | None = Field(
        default=None, description="So that its tasks run on while the initial deployment adopts it."
    )
    slot: Slot = Field(
        default=Slot.BLUE,
        description="Which slot is meant; whoever reads the release from the log sets it by that.",
    )

    @model_validator(mode="after")
    def _has_machines_for_its_own_databases(self) -> Self:
        own = self.databases.keys() - self.elsewhere.keys()
        if self.first_release.databases.keys() != own:
            names = ", ".join(sorted(own)) or "none"
            raise ValueError(f"first_release.databases has to name those that do not run elsewhere: {names}")
        return self

    @model_validator(mode="after")
    def _proves_in_databases_of_their_own(self) -> Self:
        used = [item.proving.url for item in self.databases.values() if item.proving]
        if len(set(used)) < len(used) or set(used) & set(self.elsewhere.values()):
            raise ValueError("databases.*.proving has to name an empty database of its own for each")
        if self.proving.keys() - self.elsewhere.keys():
            raise ValueError("databases.*.proving is for databases that run elsewhere")
        return self

    @model_validator(mode="after")
    def _generates_no_login_elsewhere(self) -> Self:
        for name in self.elsewhere:
            for key in (self.databases[name].user_key, self.databases[name].password_key):
                if key in self.secrets and self.secrets[key].source is SecretSource.GENERATED:
                    raise ValueError(f"secrets.{key} of a database elsewhere cannot be generated")
        return self

    @property
    def proving(self) -> dict[DatabaseName, ProvingSettings]:
        """Where backups are proven of databases that run elsewhere, for those that are backed up."""
        return {name: item.proving for name, item in self.databases.items() if item.proving}

    @property
    def elsewhere(self) -> dict[DatabaseName, str]:
        """The Bolt URLs of the databases that run on no machine of this infrastructure."""
        return {name: item.elsewhere for name, item in self.databases.items() if item.elsewhere}

    def in_slot(self, slot: Slot) -> Self:
        """The same environment, with whatever has a slot meaning this one."""
        return self.model_copy(update={"slot": slot})

    def slot_parameter(self, key: KeyName) -> str:
        """The SSM parameter of a key of which the tasks of each slot have their own: a Bolt URL."""
        folder, _, name = self.secrets[key].parameter.rpartition("/")
        return f"{folder}/{self.slot}/{name}"

    def staged_parameter(self, key: str) -> str:
        """The SSM parameter in which a new value of the key waits until it is taken."""
        return f"{self.configuration.staging_path or f'/credex/{self.name}/staged'}/{key}"

    @property
    def fingerprint_parameter(self) -> str:
        """The SSM parameter of the key that the environment's fingerprints are made with."""
        return self.configuration.fingerprint_key or f"/credex/{self.name}/deploy/fingerprint-key"
