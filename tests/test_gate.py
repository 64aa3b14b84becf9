"""The gate: an attested clean report goes through to a real server; nothing else leaves."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from deid import CleanReport, GateError, Key, Vault
from deid.attestation import PURPOSE, attest, sha256_hex
from deid.llm import Gate, GatePolicy

TEXT = "Seen on 3 May. No focal lesion of the liver. Dr. Garrowby."
POLICY = GatePolicy(models=("local-model",), instructions=("Summarise the findings.",))


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vault")
    folder.chmod(0o700)
    with Vault.create(folder / "links.vault", Key.generate(folder / "key")) as vault:
        yield vault


@pytest.fixture
def gate(vault):
    return Gate(POLICY, vault=vault)


@pytest.fixture
def report(vault):
    mark = attest(vault.derive(PURPOSE), digest=sha256_hex(TEXT), subject="S-1", recipe="r")
    return CleanReport(TEXT, "S-1", "r", mark)


@pytest.fixture
def server():
    """A model that answers; remembers what reached it."""
    reached = []

    class Model(BaseHTTPRequestHandler):
        def do_POST(self):
            reached.append(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": "local-model",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "fine"}}],
            }
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}/v1", reached
        http.shutdown()


def body(*texts, **more):
    return {"model": "local-model", "messages": [{"role": "user", "content": text} for text in texts], **more}


def test_an_attested_report_reaches_the_model_through_the_openai_client(gate, report, server):
    import openai

    url, reached = server
    text = gate.admit(report)
    with gate.client() as http:
        client = openai.OpenAI(base_url=url, api_key="-", http_client=http, max_retries=0)
        answer = client.chat.completions.create(
            model="local-model",
            messages=[{"role": "system", "content": "Summarise the findings."}, {"role": "user", "content": text}],
        )
    assert answer.choices[0].message.content == "fine"
    assert json.loads(reached[0])["messages"][1]["content"] == TEXT


@pytest.mark.parametrize(
    "change", [{"text": TEXT + " Mr. Smith"}, {"subject": "S-2"}, {"recipe": "x"}, {"attestation": "deid-attest-1:00"}]
)
def test_a_report_that_is_not_what_was_attested_is_refused(gate, report, change):
    with pytest.raises(GateError, match="gate-attestation"):
        gate.admit(replace(report, **change))


def test_a_string_is_no_report(gate):
    with pytest.raises(GateError, match="gate-not-a-report"):
        gate.admit(TEXT)


def test_another_domain_does_not_recognise_the_attestation(vault, report, tmp_path):
    tmp_path.chmod(0o700)
    with (
        Vault.create(tmp_path / "other.vault", Key.generate(tmp_path / "key")) as other,
        pytest.raises(GateError, match="gate-attestation"),
    ):
        Gate(POLICY, vault=other).admit(report)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (body(TEXT + " "), "gate-text"),
        (body("Who is Margaret Smith?"), "gate-text"),
        (body(TEXT, "and Margaret Smith"), "gate-text"),
        (body(TEXT, user="Margaret Smith"), "gate-form"),
        (body(TEXT, temperature="Margaret Smith"), "gate-form"),
        (body(TEXT, metadata={"Margaret": 1}), "gate-form"),
        ({**body(TEXT), "model": "Margaret Smith"}, "gate-model"),
        ({"model": "local-model", "messages": [{"role": "user", "content": TEXT, "name": "Margaret"}]}, "gate-form"),
        ({"model": "local-model", "messages": [{"role": "Margaret", "content": TEXT}]}, "gate-form"),
        (
            {
                "model": "local-model",
                "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}],
            },
            "gate-form",
        ),
        ({"model": "local-model", "prompt": TEXT}, "gate-form"),
        ([TEXT], "gate-form"),
    ],
)
def test_nothing_but_attested_texts_and_listed_instructions_leaves(gate, report, server, content, code):
    url, reached = server
    gate.admit(report)
    with gate.client() as http, pytest.raises(GateError, match=code):
        http.post(f"{url}/chat/completions", json=content)
    assert reached == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.invalid/v1",
        "ftp://127.0.0.1/",
        "http://127.0.0.1.example.invalid/",
        "http://127.0.0.1@example.invalid/",
    ],
)
def test_a_host_that_is_not_listed_is_not_asked(gate, url):
    with pytest.raises(GateError, match="gate-host"):
        gate.check(url, b"{}")


def test_an_address_carries_no_data(gate):
    with pytest.raises(GateError, match="gate-form"):
        gate.check("http://127.0.0.1/v1/models?q=smith", b"")
    with pytest.raises(GateError, match="gate-form"):
        gate.check("http://127.0.0.1/v1/margaret-smith", b"")


def test_a_body_that_is_not_json_or_too_large_is_refused(gate):
    with pytest.raises(GateError, match="gate-form"):
        gate.check("http://127.0.0.1/v1/chat/completions", b"Margaret Smith")
    with pytest.raises(GateError, match="gate-size"):
        gate.check("http://127.0.0.1/v1/chat/completions", b" " * 1_000_001)


def test_no_model_is_asked_unless_the_policy_names_it(vault, report):
    gate = Gate(vault=vault)
    text = gate.admit(report)
    with pytest.raises(GateError, match="gate-model"):
        gate.check("http://127.0.0.1/v1/chat/completions", json.dumps(body(text)).encode())


def test_a_misspelt_policy_is_refused(tmp_path, vault):
    (tmp_path / "llm.yaml").write_text("host: [example.invalid]\n")
    with pytest.raises(GateError, match="gate-policy"):
        Gate(tmp_path / "llm.yaml", vault=vault)


def test_an_httpx_client_without_the_gate_is_not_made(gate):
    with gate.client() as client:
        assert isinstance(client, httpx.Client)
        assert not client.trust_env
