"""Opens the systems that need a secret: it is read here, remembered for redaction, and not passed on."""

from __future__ import annotations

from github.Repository import Repository

from models.environment import Environment
from models.names import DatabaseName
from systems.aws.parameters import read_parameters
from systems.aws.session import Aws
from systems.github.client import connect
from systems.github.client import open_repository as open_by_name
from systems.neo4j.connection import Credentials
from systems.redaction import remember_secrets


def open_repository(environment: Environment) -> Repository:
    """The application's repository on GitHub, with the environment's token.

    Raises SetUpError for a token that is missing or wrong.
    """
    parameter = environment.github.token_parameter
    token = read_parameters(Aws(environment.aws.region), [parameter])[parameter].get_secret_value()
    remember_secrets([token])
    return open_by_name(connect(environment.github.api_url, token), environment.github.repository)


def database_credentials(environment: Environment, database: DatabaseName) -> Credentials:
    """The application's own login to a database, from SSM.

    Raises SetUpError when it is not there.
    """
    settings = environment.databases[database]
    return _credentials(
        environment,
        environment.secrets[settings.user_key].parameter,
        environment.secrets[settings.password_key].parameter,
    )


def proving_credentials(environment: Environment, database: DatabaseName) -> Credentials:
    """The login to the database in which backups of this one are proven, from SSM.

    Raises SetUpError when it is not there.
    """
    proving = environment.proving[database]
    return _credentials(environment, proving.user_parameter, proving.password_parameter)


def _credentials(environment: Environment, user: str, password: str) -> Credentials:
    values = read_parameters(Aws(environment.aws.region), [user, password])
    remember_secrets([values[password].get_secret_value()])
    return Credentials(user=values[user].get_secret_value(), password=values[password].get_secret_value())
