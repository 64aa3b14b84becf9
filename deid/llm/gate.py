"""The one door to a language model: an httpx transport that nothing of a request can go round.

A request leaves only if its host and model are on the policy's list and every text in it is either an
instruction that the policy lists word for word or the text of a :class:`~deid.model.CleanReport`
whose attestation holds. Everything else is refused: there is no list of bad things to look for. What
leaves is made anew from what was checked, so that it says nothing that the check did not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deid.attestation import INSTRUCTION, PURPOSE, holds, sha256_hex
from deid.errors import GateError
from deid.model import CleanReport
from deid.pipeline.rows import unambiguous

if TYPE_CHECKING:
    import httpx

    from deid.vault import Vault

__all__ = ["Gate", "GatePolicy"]

ROLES = frozenset(("system", "developer", "user", "assistant"))
FLAGS = frozenset(("stream", "logprobs"))
LIMITS = {"temperature": 2, "top_p": 1, "n": 128, "max_tokens": 9999, "max_completion_tokens": 9999, "seed": 9999}
DECIMALS = 2  # of a number, none of which is long enough to be anybody's

OWN_HEADERS = {"accept": "application/json", "accept-encoding": "gzip, deflate", "user-agent": "deid"}
# What client libraries add by themselves: it stays here, and nobody need list it.
LEFT_HERE = frozenset(
    ("accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "cookie", "host")
) | {"transfer-encoding", "user-agent"}
LEFT_HERE_PREFIX = "x-stainless-"

CLIENT_OPTIONS = frozenset(
    ("auth", "base_url", "cookies", "default_encoding", "event_hooks", "follow_redirects", "headers")
) | {"max_redirects", "params", "timeout"}
CONNECTION_OPTIONS = frozenset(("cert", "http1", "http2", "limits", "verify"))


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
    headers
        Headers that may leave, word for word, besides those that the gate writes itself.
    numbers
        By option further numbers that may leave: ``{seed: [20260101]}``. Without it a number is at most 9999 and has
        at most two decimals.
    limit_bytes
        Largest body.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    paths: tuple[str, ...] = ("/v1/chat/completions", "/v1/models")
    models: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    headers: Mapping[str, str] = Field(default_factory=dict)
    numbers: Mapping[str, tuple[int | float, ...]] = Field(default_factory=dict)
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
        except ValidationError as error:
            raise GateError("gate-policy", f"the gate's policy cannot be used: {_wrong(error)}", hint=_KEYS) from None
        except (OSError, YAMLError, UnicodeDecodeError) as error:
            why = "there is no such file" if isinstance(error, FileNotFoundError) else "it cannot be read as YAML"
            raise GateError("gate-policy", f"the gate's policy cannot be used: {why}", hint=_KEYS) from None


_KEYS = f"its keys are {', '.join(GatePolicy.model_fields)}; all but limit_bytes are lists or mappings"


def _wrong(error: ValidationError) -> str:
    """Which keys are wrong and how, without their values."""
    return "; ".join(
        f"{one['loc'][0] if one['loc'] and one['loc'][0] in GatePolicy.model_fields else 'a key'}: {one['type']}"
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    )


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
    headers
        Further headers that may leave word for word; the place for an API key:
        ``{"Authorization": f"Bearer {key}"}``.

    Examples
    --------
    ``client = openai.OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="-", http_client=gate.client())``
    """

    def __init__(
        self,
        policy: GatePolicy | str | Path | None = None,
        *,
        vault: Vault,
        instructions: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.policy = policy if isinstance(policy, GatePolicy) else GatePolicy.load(policy) if policy else GatePolicy()
        self._key, self._instruction_key = vault.derive(PURPOSE), vault.derive(INSTRUCTION)
        self._allowed = {sha256_hex(text) for text in (*self.policy.instructions, *instructions)}
        listed = {**self.policy.headers, **(headers or {})}
        self._headers = {(name.lower(), value) for name, value in listed.items()}

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
        digest = sha256_hex(_encoded(report.text))
        if not holds(self._key, report.attestation, digest=digest, subject=report.subject, recipe=report.recipe):
            raise GateError("gate-attestation", "the attestation does not hold for this text")
        self._allowed.add(digest)
        return report.text

    def admit_instruction(self, text: str, attestation: str) -> None:
        """Let a text leave that whoever exported reports put beside them, if it is still the text that he gave.

        Raises
        ------
        GateError
            ``gate-text``.
        """
        digest = sha256_hex(_encoded(text))
        if not holds(self._instruction_key, attestation, digest=digest, subject="", recipe=""):
            raise GateError("gate-text", "an instruction is neither of the policy nor of the export")
        self._allowed.add(digest)

    def check(self, url: str, body: bytes) -> None:
        """Raise unless a request to this address with this body may leave.

        Raises
        ------
        GateError
            ``gate-host``, ``gate-model``, ``gate-size``, ``gate-form``, ``gate-number`` or ``gate-text``.
        """
        self._body(url, body)

    def check_messages(self, messages: Iterable[object]) -> None:
        """Raise unless each of these messages may leave.

        Raises
        ------
        GateError
            ``gate-form`` or ``gate-text``.
        """
        for message in messages:
            self._check_message(message)

    def client(self, **options: Any) -> httpx.Client:
        """An httpx client all of whose requests pass the gate; goes into ``openai.OpenAI(http_client=...)``.

        Parameters
        ----------
        **options
            As of ``httpx.Client``: ``timeout``, ``base_url``, ``verify``, ``cert``, ``limits`` and the like. What
            would lead a request past the gate (``transport``, ``mounts``, ``proxy``, ``trust_env``) is refused; a
            proxy goes behind the gate: ``httpx.Client(transport=gate.transport(httpx.HTTPTransport(proxy=...)))``.

        Raises
        ------
        GateError
            ``gate-client``.
        """
        import httpx

        if not options.keys() <= CLIENT_OPTIONS | CONNECTION_OPTIONS:
            raise GateError(
                "gate-client",
                "the client has an option with which requests could go past the gate",
                hint="a proxy or transport of your own goes behind the gate: gate.transport(inner)",
            )
        connection = {name: value for name, value in options.items() if name in CONNECTION_OPTIONS}
        rest = {name: value for name, value in options.items() if name in CLIENT_OPTIONS}
        return httpx.Client(transport=self.transport(httpx.HTTPTransport(**connection)), trust_env=False, **rest)

    def transport(self, inner: httpx.BaseTransport | None = None) -> httpx.BaseTransport:
        """The transport itself, around another one if given."""
        import httpx

        gate, outward = self, inner or httpx.HTTPTransport()

        class GateTransport(httpx.BaseTransport):
            """Checks, makes anew, sends."""

            def handle_request(self, request: httpx.Request) -> httpx.Response:
                checked, withheld = gate._checked(request)
                response = outward.handle_request(checked)
                if withheld and response.status_code == httpx.codes.UNAUTHORIZED:
                    response.close()
                    raise GateError(
                        "gate-header", "the server wants a credential that the policy does not list", hint=_LIST_HEADER
                    )
                return response

            def close(self) -> None:
                outward.close()

        return GateTransport()

    def _checked(self, request: httpx.Request) -> tuple[httpx.Request, bool]:
        """The request made anew from what was checked, and whether a credential was left out of it."""
        import httpx

        body = self._body(str(request.url), request.read())
        if request.method != ("POST" if body else "GET"):
            raise GateError("gate-form", "only GET without a body and POST with one may leave")
        headers = {**OWN_HEADERS, **({"content-type": "application/json"} if body else {})}
        withheld = False
        for name, value in request.headers.multi_items():
            if (name.lower(), value) in self._headers:
                headers[name.lower()] = value
            elif name.lower() not in LEFT_HERE and not name.lower().startswith(LEFT_HERE_PREFIX):
                raise GateError(
                    "gate-header", "the request has a header that the policy does not list", hint=_LIST_HEADER
                )
            withheld |= name.lower() == "authorization" and name.lower() not in headers
        # Of the extensions only how long to wait: others change what is sent, and to whom.
        wait = {name: value for name, value in request.extensions.items() if name == "timeout"}
        return httpx.Request(request.method, request.url, headers=headers, content=body, extensions=wait), withheld

    def _body(self, url: str, body: bytes) -> bytes:
        """What may be sent to this address in place of this body: the same, written by us."""
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname not in self.policy.hosts:
            raise GateError("gate-host", "this host is not on the allow-list of the gate's policy")
        if parts.path not in self.policy.paths or parts.query or parts.fragment or "@" in parts.netloc:
            raise GateError("gate-form", "a request's address must not carry data")
        if len(body) > self.policy.limit_bytes:
            raise GateError("gate-size", f"the body is larger than {self.policy.limit_bytes} bytes")
        if not body:
            return b""
        try:
            content = json.loads(body, object_pairs_hook=unambiguous)
        except (ValueError, RecursionError):
            raise GateError("gate-form", "the body is not JSON, or says a key twice") from None
        self._check_content(content)
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    def _check_content(self, content: object) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("messages"), list):
            raise GateError("gate-form", "only chat requests with a list of messages may leave")
        model = content.get("model")
        if model not in self.policy.models:
            raise GateError("gate-model", "this model is not on the allow-list of the gate's policy")
        for name, value in content.items():
            if name not in ("model", "messages"):
                self._check_option(name, value)
        self.check_messages(content["messages"])

    def _check_option(self, name: str, value: object) -> None:
        known = isinstance(value, bool | None) if name in FLAGS else name in LIMITS and type(value) in (int, float)
        if not known:
            raise GateError("gate-form", "the request has an option that the gate does not know")
        if isinstance(value, bool | None) or value in self.policy.numbers.get(name, ()):
            return
        if not (isinstance(value, int | float) and 0 <= value <= LIMITS[name] and round(value, DECIMALS) == value):
            raise GateError(
                "gate-number",
                "a number of the request is so long that it could be anybody's",
                hint="list it in `numbers` of the policy",
            )

    def _check_message(self, message: object) -> None:
        if not isinstance(message, Mapping) or set(message) != {"role", "content"}:
            raise GateError("gate-form", "a message has a role and a content, nothing else")
        if not isinstance(message["role"], str) or message["role"] not in ROLES:
            raise GateError("gate-form", "a message has a role that the gate does not know")
        content = message["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        for part in parts:
            if not isinstance(part, Mapping) or set(part) != {"type", "text"} or part["type"] != "text":
                raise GateError("gate-form", "only text parts may leave")
            if not isinstance(part["text"], str) or sha256_hex(_encoded(part["text"])) not in self._allowed:
                raise GateError(
                    "gate-text", "a text is neither an attested clean report nor an instruction of the policy"
                )


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # half a character is in no text that was attested


_LIST_HEADER = "list it, word for word, in `headers` of the policy or in Gate(headers=...)"
