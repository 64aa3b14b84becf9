"""AWS KMS and IAM as moto emulates them: a server process of its own, spoken to over HTTP with signed requests."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

__all__ = ["Aws", "aws_server", "refusing"]

READER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}


class Aws:
    """Address of the server, two keys, and the credentials of one who may use them and of one who may not."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.key, self.other = (self._client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        self.allowed, self.stranger = self._user("allowed", READER), self._user("stranger", None)
        plain = {"Content-Type": "text/plain"}
        request = urllib.request.Request(f"{address}/moto-api/reset-auth", b"0", plain)
        urllib.request.urlopen(request, timeout=60).close()  # from here on it asks who is calling

    def _client(self, service: str) -> Any:
        return boto3.client(
            service, "eu-central-1", endpoint_url=self.address, aws_access_key_id="a", aws_secret_access_key="b"
        )

    def _user(self, name: str, policy: dict[str, Any] | None) -> tuple[str, str]:
        iam = self._client("iam")
        iam.create_user(UserName=name)
        if policy:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def environment(self, credentials: tuple[str, str]) -> dict[str, str]:
        """What a machine with these credentials has in its environment."""
        return {
            "AWS_ENDPOINT_URL_KMS": self.address,
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": credentials[0],
            "AWS_SECRET_ACCESS_KEY": credentials[1],
        }


@pytest.fixture(scope="session")
def aws_server() -> Iterator[Aws]:
    """A server on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Aws(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], port: int, seconds: int = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the emulator did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the emulator does not answer")


@contextmanager
def refusing(code: str) -> Iterator[str]:
    """Address of a server that refuses as the real service does, whose own errors the emulator sends otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps({"__type": code, "message": "User: arn:aws:iam::123456789012:user/arthur"}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
