"""A source of advisories on this machine, because a test may not reach the real ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def advisories(vulnerable: str = "") -> Iterator[dict[str, str]]:
    """Answer as OSV does, with one advisory for one package; yield pip-audit's options for it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package = asked["package"]
            found = [
                {"id": "PYSEC-2026-1", "summary": "planted", "affected": [{"package": package}]}
            ]
            body = json.dumps({"vulns": found} if package["name"] == vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "PIP_AUDIT_VULNERABILITY_SERVICE": "osv",
            "PIP_AUDIT_OSV_URL": f"http://127.0.0.1:{server.server_port}",
        }
        server.shutdown()
