"""All of a request that passes the gate was checked: what a server sees besides the texts says nothing of anybody."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from deid import CleanReport, GateError, Key, Vault
from deid.attestation import PURPOSE, attest, sha256_hex
from deid.llm import Gate, GatePolicy

TEXT = "Seen on 3 May. No focal lesion of the liver. Dr. Garrowby."
POLICY = GatePolicy(models=("local-model",), headers={"X-Tenant": "radiology"}, numbers={"seed": (20260101,)})


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vault")
    folder.chmod(0o700)
    with Vault.create(folder / "links.vault", Key.generate(folder / "key")) as vault:
        yield vault


@pytest.fixture
def gate(vault):
    gate = Gate(POLICY, vault=vault, headers={"Authorization": "Bearer site-key"})
    mark = attest(vault.derive(PURPOSE), digest=sha256_hex(TEXT), subject="S-1", recipe="r")
    gate.admit(CleanReport(TEXT, "S-1", "r", mark))
    return gate


@pytest.fixture
def server():
    """A model that answers, and all that it was told: request lines, headers and bodies."""
    told = []

    class Model(BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append(f"{self.requestline}\n{self.headers}\n{body.decode()}")
            self.send_response(self.status)
            self.send_header("Content-Length", "2")
            self.send_header("Set-Cookie", "node=3")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", told, Model
        http.shutdown()


def body(**more):
    return {"model": "local-model", "messages": [{"role": "user", "content": TEXT}], **more}


def chat(url):
    return f"{url}/v1/chat/completions"


@pytest.mark.parametrize("option", ["proxy", "mounts", "transport", "trust_env", "app"])
def test_no_option_of_the_client_leads_past_the_gate(gate, server, option):
    url, told, _ = server
    ways = {
        "proxy": url,
        "mounts": {"all://": httpx.HTTPTransport()},
        "transport": httpx.HTTPTransport(),
        "trust_env": True,
        "app": None,
    }
    with pytest.raises(GateError, match="gate-client"):
        gate.client(**{option: ways[option]})
    assert told == []


def test_options_that_only_say_how_to_connect_are_passed_on(gate, server):
    url, told, _ = server
    with gate.client(base_url=url, timeout=5.0, verify=False, limits=httpx.Limits(max_connections=2)) as http:
        assert http.post("/v1/chat/completions", json=body()).status_code == 200
    assert len(told) == 1


def test_a_proxy_behind_the_gate_gets_what_passed_the_gate(gate, server):
    url, told, _ = server
    with httpx.Client(transport=gate.transport(httpx.HTTPTransport(proxy=url))) as http:
        assert http.post(chat(url), json=body()).status_code == 200
        with pytest.raises(GateError, match="gate-host"):
            http.post("http://model.invalid/v1/chat/completions", json=body())
    assert len(told) == 1


@pytest.mark.parametrize("header", ["X-Patient", "Referer", "OpenAI-Organization", "X-Tenant", "Content-Encoding"])
def test_a_header_that_is_not_listed_word_for_word_is_refused(gate, server, header):
    url, told, _ = server
    with gate.client() as http, pytest.raises(GateError, match="gate-header"):
        http.post(chat(url), json=body(), headers={header: "Margaret Smith"})
    assert told == []


@pytest.mark.parametrize("header", ["Cookie", "User-Agent", "Accept", "Host", "X-Stainless-OS", "Authorization"])
def test_what_libraries_say_in_headers_stays_here(gate, server, header):
    url, told, _ = server
    with gate.client(cookies={"p": "Margaret"}) as http:
        http.post(chat(url), json=body(), headers={header: "Margaret"})
        http.post(chat(url), json=body())  # the server's own cookie does not stop it
    assert len(told) == 2
    assert "Margaret" not in "".join(told)


def test_listed_headers_leave(gate, server):
    url, told, _ = server
    with gate.client(headers={"X-Tenant": "radiology", "Authorization": "Bearer site-key"}) as http:
        http.post(chat(url), json=body())
    assert "radiology" in told[0]
    assert "Bearer site-key" in told[0]


def test_a_server_that_wants_an_unlisted_key_is_named_as_the_reason(gate, server):
    url, _, model = server
    model.status = 401
    with gate.client() as http, pytest.raises(GateError, match=r"gate-header.*Gate\(headers"):
        http.post(chat(url), json=body(), headers={"Authorization": "Bearer other"})


@pytest.mark.parametrize(
    "raw",
    [
        '{"messages": [{"role": "user", "content": "Margaret Smith"}], ' + json.dumps(body())[1:],
        json.dumps(body())[:-1] + ', "model": "local-model"}',
        json.dumps(body()).replace('"role"', '"role": "Margaret", "role"'),
    ],
)
def test_a_key_that_is_said_twice_is_refused(gate, server, raw):
    url, told, _ = server
    with gate.client() as http, pytest.raises(GateError, match="gate-form"):
        http.post(chat(url), content=raw.encode())
    assert told == []


@pytest.mark.parametrize(
    "numbers",
    [
        {"seed": 40718253},
        {"temperature": 19560312},
        {"temperature": 0.40718253},
        {"top_p": 7.30},
        {"max_tokens": 40718},
        {"n": -40718253},
        {"seed": 1e300},
    ],
)
def test_a_number_that_could_be_a_patients_is_refused(gate, server, numbers):
    url, told, _ = server
    with gate.client() as http, pytest.raises(GateError, match="gate-number"):
        http.post(chat(url), json=body(**numbers))
    assert told == []


@pytest.mark.parametrize("value", [True, "1", [1], {"a": 1}, 40718253])
def test_a_flag_is_a_flag_and_a_number_a_number(gate, value):
    name = "stream" if value == 40718253 else "seed"
    if value is True:
        value = [True]
    with pytest.raises(GateError, match="gate-form"):
        gate.check("http://127.0.0.1/v1/chat/completions", json.dumps(body(**{name: value})).encode())


def test_usual_options_and_listed_numbers_leave(gate, server):
    url, told, _ = server
    options = {"temperature": 0.25, "top_p": 0.9, "max_tokens": 2048, "seed": 20260101, "n": 1, "stream": False}
    with gate.client() as http:
        http.post(chat(url), json=body(**options, logprobs=None))
    assert json.loads(told[0].rpartition("\n")[2]) == body(**options, logprobs=None)


def test_what_leaves_is_written_anew(gate, server):
    url, told, _ = server
    raw = json.dumps(body(temperature=0.5)).replace("0.5", "0.50000000000000000004071825300").replace(", ", " \n ,")
    with gate.client() as http:
        http.post(chat(url), content=raw.encode())
    assert told[0].rpartition("\n")[2] == json.dumps(body(temperature=0.5), separators=(",", ":"))


@pytest.mark.parametrize("method", ["SMITH", "PUT", "DELETE"])
def test_a_method_is_no_place_for_data(gate, server, method):
    url, told, _ = server
    with gate.client() as http, pytest.raises(GateError, match="gate-form"):
        http.request(method, chat(url), json=body())
    assert told == []


def test_extensions_do_not_change_what_is_asked(gate, server):
    url, told, _ = server
    with gate.client() as http:
        http.post(chat(url), json=body(), extensions={"target": b"/margaret-smith"})
    assert told[0].startswith("POST /v1/chat/completions ")


@pytest.mark.parametrize("address", ["http://Smith@127.0.0.1/v1/models", "http://:Smith@127.0.0.1/v1/models"])
def test_credentials_in_an_address_are_refused(gate, address):
    with pytest.raises(GateError, match="gate-form"):
        gate.check(address, b"")


@pytest.mark.parametrize("content", ["\ud800", {"type": "text"}, None, 7])
def test_a_content_of_another_form_is_refused_with_a_code(gate, content):
    raw = json.dumps(body() | {"messages": [{"role": "user", "content": content}]}).encode()
    with pytest.raises(GateError, match="gate-"):
        gate.check("http://127.0.0.1/v1/chat/completions", raw)
    raw = json.dumps(body() | {"messages": [{"role": ["user"], "content": TEXT}]}).encode()
    with pytest.raises(GateError, match="gate-form"):
        gate.check("http://127.0.0.1/v1/chat/completions", raw)


@pytest.mark.parametrize("odd", ["\ud800", "é"])
@pytest.mark.parametrize("part", ["text", "subject", "recipe", "attestation"])
def test_a_report_of_odd_characters_is_refused_with_a_code(gate, part, odd):
    parts = {"text": TEXT, "subject": "S-1", "recipe": "r", "attestation": "deid-attest-1:00", part: odd}
    with pytest.raises(GateError, match="gate-attestation"):
        gate.admit(CleanReport(**parts))


@pytest.mark.parametrize(
    ("policy", "said"),
    [("model: [x]", "a key: extra_forbidden"), ("models: gpt", "models: tuple_type"), (None, "no such file")],
)
def test_a_policy_that_cannot_be_used_says_which_key(tmp_path, vault, policy, said):
    if policy is not None:
        (tmp_path / "llm.yaml").write_text(policy)
    with pytest.raises(GateError, match=rf"gate-policy: .*{said}.*its keys are hosts, paths, models"):
        Gate(tmp_path / "llm.yaml", vault=vault)
