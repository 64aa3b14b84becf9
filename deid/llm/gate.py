"""The one door to a language model: an httpx transport that no request body can go round.

A request leaves only if its host and model are on the policy's list and every text in it is either an
instruction that the policy lists word for word or the text of a :class:`~deid.model.CleanReport`
whose attestation holds. Everything else is refused: there is no list of bad things to look for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deid.attestation import PURPOSE, holds, sha256_hex
from deid.errors import GateError
from deid.model import CleanReport

if TYPE_CHECKING:
    import httpx

    from deid.vault import Vault

__all__ = ["Gate", "GatePolicy"]

ROLES = frozenset(("system", "developer", "user", "assistant"))
OPTIONS = frozenset(("temperature", "top_p", "max_tokens", "max_completion_tokens", "n", "seed", "stream", "logprobs"))


class GatePolicy(BaseModel):
    """What may leave, and to whom.

    Attributes
    ----------
    hosts
        Hosts that may be asked; loopback unless the site names others.
    paths
        Paths on these hosts, word for word, since an address is text too.
    models
        Models that may be asked; none unless the site names them, since any string that leaves is text.
    instructions
        Texts of our own that may stand beside reports, word for word.
    limit_bytes
        Largest body.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    paths: tuple[str, ...] = ("/v1/chat/completions", "/v1/models")
    models: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    limit_bytes: int = Field(default=1_000_000, gt=0)

    @classmethod
    def load(cls, path: str | Path) -> GatePolicy:
        """Read a policy from YAML.

        Raises
        ------
        GateError
            ``gate-policy`` if it is missing or says something unknown.
        """
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            return cls.model_validate(YAML(typ="safe").load(Path(path).read_text("utf-8")) or {})
        except (OSError, YAMLError, ValidationError) as error:
            raise GateError("gate-policy", f"the gate's policy cannot be used: {type(error).__name__}") from None


class Gate:
    """Lets attested clean reports through to a model, and nothing else.

    Parameters
    ----------
    policy
        A policy, or the path of its YAML; the default allows loopback hosts only.
    vault
        Open vault whose domain made the attestations.
    instructions
        Further texts that may leave word for word, of the caller's own making.

    Examples
    --------
    ``client = openai.OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="-", http_client=gate.client())``
    """

    def __init__(
        self, policy: GatePolicy | str | Path | None = None, *, vault: Vault, instructions: Iterable[str] = ()
    ) -> None:
        self.policy = policy if isinstance(policy, GatePolicy) else GatePolicy.load(policy) if policy else GatePolicy()
        self._key = vault.derive(PURPOSE)
        self._allowed = {sha256_hex(text) for text in (*self.policy.instructions, *instructions)}

    def __repr__(self) -> str:
        return f"Gate({len(self.policy.hosts)} hosts)"

    def admit(self, report: CleanReport) -> str:
        """Check a report's attestation and return its text, which may from now on leave.

        Raises
        ------
        GateError
            ``gate-not-a-report`` for anything but a CleanReport, ``gate-attestation`` for one whose
            text, subject or recipe is not what was attested in this vault's domain.
        """
        if not isinstance(report, CleanReport):
            raise GateError(
                "gate-not-a-report", "only an attested clean report may be sent", hint="deid report makes one"
            )
        digest = sha256_hex(report.text)
        if not holds(self._key, report.attestation, digest=digest, subject=report.subject, recipe=report.recipe):
            raise GateError("gate-attestation", "the attestation does not hold for this text")
        self._allowed.add(digest)
        return report.text

    def check(self, url: str, body: bytes) -> None:
        """Raise unless this request may leave.

        Raises
        ------
        GateError
            ``gate-host``, ``gate-model``, ``gate-size``, ``gate-form`` or ``gate-text``.
        """
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname not in self.policy.hosts:
            raise GateError("gate-host", "this host is not on the allow-list of the gate's policy")
        if parts.path not in self.policy.paths or parts.query or parts.fragment or parts.username:
            raise GateError("gate-form", "a request's address must not carry data")
        if len(body) > self.policy.limit_bytes:
            raise GateError("gate-size", f"the body is larger than {self.policy.limit_bytes} bytes")
        if not body:
            return
        try:
            content = json.loads(body)
        except ValueError:
            raise GateError("gate-form", "the body is not JSON") from None
        self._check_content(content)

    def client(self, **options: Any) -> httpx.Client:
        """An httpx client all of whose requests pass the gate; goes into ``openai.OpenAI(http_client=...)``."""
        import httpx

        return httpx.Client(transport=self.transport(), trust_env=False, **options)

    def transport(self, inner: httpx.BaseTransport | None = None) -> httpx.BaseTransport:
        """The transport itself, around another one if given."""
        import httpx

        gate, outward = self, inner or httpx.HTTPTransport()

        class GateTransport(httpx.BaseTransport):
            """Checks, then sends."""

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                gate.check(str(request.url), request.read())
                return outward.handle_request(request)

            def close(self) -> None:
                outward.close()

        return GateTransport()

    def _check_content(self, content: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("messages"), list):
            raise GateError("gate-form", "only chat requests with a list of messages may leave")
        model = content.get("model")
        if model not in self.policy.models:
            raise GateError("gate-model", "this model is not on the allow-list of the gate's policy")
        for name, value in content.items():
            if name in ("model", "messages"):
                continue
            if name not in OPTIONS or isinstance(value, (str, list, dict)):
                raise GateError("gate-form", "the request has an option that the gate does not know")
        for message in content["messages"]:
            self._check_message(message)

    def _check_message(self, message: object) -> None:
        if not isinstance(message, Mapping) or set(message) != {"role", "content"} or message["role"] not in ROLES:
            raise GateError("gate-form", "a message has a role and a content, nothing else")
        content = message["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        for part in parts:
            if not isinstance(part, Mapping) or set(part) != {"type", "text"} or part["type"] != "text":
                raise GateError("gate-form", "only text parts may leave")
            if not isinstance(part["text"], str) or sha256_hex(part["text"]) not in self._allowed:
                raise GateError(
                    "gate-text", "a text is neither an attested clean report nor an instruction of the policy"
                )
