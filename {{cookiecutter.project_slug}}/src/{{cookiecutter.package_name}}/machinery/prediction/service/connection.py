"""Limits on connections, which hold before a token is seen: uvicorn has none of them."""

import asyncio
import logging
import resource
import uuid

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .metrics import CONNECTIONS
from .problems import RefusalError, respond
from .request import WHOLE

logger = logging.getLogger(__name__)

MAX_HEADERS = 16 * 2**10  # bytes of the address and all headers of a request
HEADER_SECONDS = 10  # for the headers, from the start of a connection or a request
REQUEST_SECONDS = 20  # for the body; request.py refuses a slow one earlier, with a reason
MAX_CONNECTIONS = 1_000
SPARE_FILES = 100  # of those that the process may open, for everything but connections

# The connections that have not sent a whole request, in the order in which they began to wait.
_waiting: dict["LimitedConnection", None] = {}


def max_connections() -> int:
    """Return how many connections may be open: fewer where the process may open few files."""
    return min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_FILES)


class LimitedConnection(HttpToolsProtocol):
    """uvicorn's connection, with limits on its headers, its time and the number of its kind.

    With too many connections, the one that has waited longest for its request makes room for the
    new one, so that health checks are answered however many idle connections there are.
    """

    _deadline: asyncio.TimerHandle | None = None
    _seconds: float | None = None  # that the client has for what it sends next
    _told = False  # whether what has just come began such a time, or ended it
    _in_headers = True
    _unread = 0  # bytes that have come since the headers began, while these have no end
    _size = 0  # bytes of the address and the headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; close the connection that waits longest if need be."""
        super().connection_made(transport)
        self._wait(HEADER_SECONDS)
        if len(self.connections) > max_connections():
            CONNECTIONS.labels("too many").inc()
            next(iter(_waiting)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse headers that never end, of which the parser tells nothing before their end."""
        if self._in_headers:
            self._unread += len(data)
        super().data_received(data)
        if self._told:  # mostly of a whole request: a timer for each part would cost time
            self._told = False
            self._wait(self._seconds)
        if self._in_headers and self._unread > MAX_HEADERS:
            self._size = self._unread
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to wait for the headers."""
        super().on_message_begin()
        self._size = 0
        self._seconds, self._told = HEADER_SECONDS, True

    def on_url(self, url: bytes) -> None:
        """Take a part of the address, unless it is too long."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, unless there are too many."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > MAX_HEADERS:
            raise ValueError("too many headers")  # the parser then refuses the request

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        self._in_headers = False
        self._seconds, self._told = REQUEST_SECONDS, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no longer: the request is here."""
        self._in_headers, self._unread = True, 0
        self._seconds, self._told = None, True
        self.scope["extensions"] = {WHOLE: {}}
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._wait(REQUEST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, or has too many headers, with a problem document."""
        if self._size > MAX_HEADERS:
            CONNECTIONS.labels("too large").inc()
            refusal = RefusalError(431, f"The headers have more than {MAX_HEADERS} bytes.")
        else:
            refusal = RefusalError(400, f"{msg.rstrip('.')}: send HTTP/1.1.")
        if not self.transport.is_closing():
            response = respond(refusal, uuid.uuid4().hex)
            headers = [*response.raw_headers, (b"connection", b"close")]
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            status = STATUS_LINE[refusal.status]
            self.transport.write(status + lines + b"\r\n" + bytes(response.body))
            self.transport.close()

    def _wait(self, seconds: float | None) -> None:
        """Close the connection in `seconds`, and let it be closed for another; None: never."""
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._end) if seconds else None
        if seconds:
            _waiting.setdefault(self)
        else:
            _waiting.pop(self, None)

    def _end(self) -> None:
        CONNECTIONS.labels("too slow").inc()
        self.transport.abort()
