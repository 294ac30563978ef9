"""A port that is in use is said before a model is loaded, with what to do."""

import socket

import pytest

from machinery.errors import InputError
from machinery.prediction.service.server import refuse_taken


def test_a_port_in_use_is_refused_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = rf"^cannot listen on 127\.0\.0\.1:{port}: Address already in use: give a free port"
        with pytest.raises(InputError, match=said):
            refuse_taken("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(InputError, match=r"^cannot listen on 192\.0\.2\.1:0: .*: give an address"):
        refuse_taken("192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_free_port_passes(host: str) -> None:
    refuse_taken(host, 0)
