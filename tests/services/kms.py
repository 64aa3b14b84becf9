"""A local server that speaks the part of HashiCorp Vault's HTTP API that keys need: KV version 2 and transit."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["KeyServer", "key_server"]

TOKEN = "hvs.test-token"


class KeyServer:
    """Address, and what the server holds and saw."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, str]] = {}
        self.seen: list[str] = []
        self.redirect = ""
        self._transit = AESGCM(os.urandom(32))
        self.address = ""

    def answer(self, method: str, path: str, body: dict[str, str]) -> tuple[int, object]:
        if method == "GET" and path in self.secrets:
            return 200, {"data": {"data": self.secrets[path], "metadata": {"version": 1}}}
        if method == "POST" and path == "/v1/transit/encrypt/deid":
            nonce = os.urandom(12)
            box = nonce + self._transit.encrypt(nonce, base64.b64decode(body["plaintext"]), None)
            return 200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(box).decode(), "key_version": 1}}
        if method == "POST" and path == "/v1/transit/decrypt/deid":
            box = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"))
            return 200, {
                "data": {"plaintext": base64.b64encode(self._transit.decrypt(box[:12], box[12:], None)).decode()}
            }
        return 404, {"errors": []}


@contextmanager
def key_server() -> Iterator[KeyServer]:
    """A running server on a free port of loopback."""
    state = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            state.seen.append(f"{method} {self.path}")
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if state.redirect:
                self.send_response(307)
                self.send_header("Location", state.redirect)
                self.end_headers()
                return
            status, data = 403, {"errors": ["permission denied"]}
            if self.headers.get("X-Vault-Token") == TOKEN:
                try:
                    status, data = state.answer(method, self.path, body)  # type: ignore[assignment]
                except Exception:  # noqa: BLE001 - what a server does with a bad ciphertext
                    status, data = 400, {"errors": ["cipher: message authentication failed"]}
            payload = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
