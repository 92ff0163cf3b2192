"""A taken port is noticed before anything starts."""

from __future__ import annotations

import os
import socket

import pytest

from models.errors import SetUpError
from sandbox.ports import check_ports, free_ports


def test_a_taken_port_is_named_with_its_holder_and_the_setting_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SetUpError) as caught:
            check_ports({"CREDEX_SANDBOX_AWS_PORT": port})
    assert str(port) in caught.value.problem
    assert f"process {os.getpid()}" in caught.value.problem
    assert "CREDEX_SANDBOX_AWS_PORT=" in caught.value.next_step


def test_a_port_taken_on_all_addresses_is_taken_on_loopback_too() -> None:
    with socket.create_server(("", 0)) as server, pytest.raises(SetUpError):
        check_ports({"CREDEX_SANDBOX_AWS_PORT": server.getsockname()[1]})


def test_free_ports_pass() -> None:
    check_ports({str(port): port for port in free_ports(3)})
