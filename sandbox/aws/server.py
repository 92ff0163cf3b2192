"""The local AWS as one object: moto behind its front door on loopback, mended, with its live parts running.

Moto keeps its state in this process, so there is one `LocalAws` at a time, and each start is a new account.
Whoever only calls AWS needs nothing from here but `LocalAws.environment()`.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from moto.iam.models import iam_backends
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.utilities.utils import PARTITION_NAMES
from werkzeug.serving import BaseWSGIServer, make_server

from models.errors import SetUpError
from sandbox.aws.backends import ACCOUNT, PARTITION, REGION
from sandbox.aws.credentials import ACCESS_KEY, caller_of
from sandbox.aws.front_door import HEALTH_PATH, FrontDoor
from sandbox.aws.machine_images import register_machine_images
from sandbox.aws.mends.mend import Mend, install
from sandbox.aws.reconcile import ReconcileLoop, Reconciler, ReconcilerHealth

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOST = "127.0.0.1"
"""An address, not a name: `localhost` makes S3 clients put the bucket into the host name."""

_LOAD_POLICIES = "MOTO_IAM_LOAD_MANAGED_POLICIES"

_log = logging.getLogger(__name__)

STOP_POLL_SECONDS = 0.05
"""How often the server looks whether it shall stop."""


class LocalAws:
    """A local AWS on `port` (0 takes a free one).

    `mends` are applied to moto at the first start; `reconcilers` step from `start` to `stop`.
    """

    def __init__(self, port: int, *, mends: Sequence[Mend], reconcilers: Sequence[Reconciler]) -> None:
        self._port = port
        self._mends = mends
        self._reconcilers = reconcilers
        self._loop = ReconcileLoop(())
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The endpoint, for AWS_ENDPOINT_URL."""
        return f"http://{HOST}:{self._port}"

    @property
    def health_url(self) -> str:
        """Answers 200 without credentials once the server takes requests."""
        return f"{self.url}{HEALTH_PATH}"

    def environment(self) -> dict[str, str]:
        """The variables that point boto3 and Terraform here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self) -> None:
        """Serve a new account; when this returns, requests are answered.

        Raises:
            SetUpError: the port is taken, or a mend does not fit the installed moto.

        """
        listener = _listen(self._port)
        try:
            install(self._mends)
            _open_new_account()
            self._serve(listener)
        finally:
            listener.close()
        self._loop = ReconcileLoop(self._reconcilers)
        self._loop.start()

    def _serve(self, listener: socket.socket) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        app = FrontDoor(DomainDispatcherApplication(create_backend_app), self._health)
        self._port = int(listener.getsockname()[1])
        self._server = make_server(
            HOST,
            self._port,
            app,
            threaded=True,
            request_handler=RequestHandler,
            fd=listener.fileno(),
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(STOP_POLL_SECONDS,), name="aws", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop the live parts and what they started, then the server."""
        self._loop.stop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def reconcilers(self) -> list[ReconcilerHealth]:
        """How the live parts fare."""
        return self._loop.health()

    def _health(self) -> dict[str, object]:
        return {"status": "ok", "reconcilers": [asdict(health) for health in self.reconcilers()]}


class RequestHandler(MotoRequestHandler):
    """Sends an answer whole, and tells of one that did not reach its client, which then may ask once more."""

    wbufsize = 1 << 16
    """Headers and body leave together. On a busy machine the AWS provider sometimes closes its connection as
    soon as an answer begins (seen on the wire), and has only what came with the beginning: where that is not
    all, it asks for the same a second time, and what was created already is refused."""

    def handle_expect_100(self) -> bool:
        """Let a client send its body at once: botocore, which asks with each upload, else waits a second."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def connection_dropped(self, error: BaseException, environ: WSGIEnvironment | None = None) -> None:
        """Note which request it was; werkzeug says nothing."""
        caller = caller_of(environ or {})
        service = caller.service if caller else "unsigned"
        _log.warning("The answer to %s %s (%s) was not taken: %r", self.command, self.path, service, error)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise SetUpError(
            f"The local AWS cannot listen on {HOST}:{port}: {error.strerror}.",
            next_step="Stop the program that holds the port, or give the sandbox another one.",
        ) from error
    listener.listen(128)
    return listener


def _open_new_account() -> None:
    """Load Amazon's own policies, but not its thousand machine images, which only slow the calls."""
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    os.environ[_LOAD_POLICIES] = "false"
    moto_api_backend.reset()
    _load_policies()
    register_machine_images()


def _load_policies() -> None:
    """Load them into our partition alone: moto's first request loads them into all of its partitions.

    A moto that is started from this process, as by a test, would load them at each of its resets.
    """
    backends = iam_backends[ACCOUNT]
    for partition in PARTITION_NAMES:
        backends[partition].reset()
    os.environ[_LOAD_POLICIES] = "true"
    try:
        backends[PARTITION].reset()
    finally:
        os.environ[_LOAD_POLICIES] = "false"
