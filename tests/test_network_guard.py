"""The default test run reaches the loopback and nothing else."""

import socket

import pytest


def test_a_connection_beyond_the_loopback_fails_the_test() -> None:
    with socket.socket() as probe, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        probe.connect(("192.0.2.1", 80))


def test_a_name_beyond_the_loopback_is_not_resolved() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"example\.invalid"):
        socket.getaddrinfo("example.invalid", 443)


def test_the_loopback_answers() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        with socket.create_connection(listener.getsockname(), timeout=2) as caller:
            assert caller.getpeername() == listener.getsockname()
