"""Puts the local AWS and the GitHub stand-in together from their pieces, as parts of the sandbox."""

from __future__ import annotations

from sandbox.aws.server import LocalAws
from sandbox.github.seed import seed_repository
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from sandbox.parts import ServedHere
from sandbox.settings import HOST, SandboxSettings
from sandbox.tokens import DEPLOYER, INSPECTOR, read_or_make_token


def local_aws(settings: SandboxSettings) -> ServedHere:
    """AWS: moto, mended and live."""
    aws = LocalAws(settings.aws_port, mends=(), reconcilers=())
    return ServedHere("AWS", settings.aws_url, aws.health_url, aws.start, aws.stop)


def local_github(settings: SandboxSettings) -> ServedHere:
    """GitHub with the application's repository in it. Its port is taken at the start, not before."""
    running: list[GitHubServer] = []

    def start() -> None:
        server = GitHubServer(
            HOST,
            settings.github_port,
            settings.home / "github",
            [Token.full(read_or_make_token(settings.home, DEPLOYER))],
            admin_token=read_or_make_token(settings.home, INSPECTOR),
        )
        running.append(server)
        seed_repository(server)
        server.start()

    def stop() -> None:
        while running:
            running.pop().stop()

    url = settings.github_url
    return ServedHere("GitHub", url, f"{url}/rate_limit", start, stop)
