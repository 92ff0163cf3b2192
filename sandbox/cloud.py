"""Puts the local AWS and the GitHub stand-in together from their pieces, as parts of the sandbox."""

from __future__ import annotations

import shutil

from sandbox.aws import local
from sandbox.github.seed import seed_repository
from sandbox.github.server import GitHubServer
from sandbox.github.tokens import Token
from sandbox.parts import ServedHere
from sandbox.settings import HOST, SandboxSettings
from sandbox.tokens import DEPLOYER, INSPECTOR, read_or_make_token


def local_aws(settings: SandboxSettings) -> ServedHere:
    """AWS: moto, mended and live. Each start is a new account, so the last one's disks go."""
    state = settings.home / "aws"
    aws = local.local_aws(settings.aws_port, state)

    def start() -> None:
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir(parents=True)
        aws.start()

    return ServedHere("AWS", settings.aws_url, aws.health_url, start, aws.stop)


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
