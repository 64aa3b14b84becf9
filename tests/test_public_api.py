"""What callers may rely on: importing is light, the names are these, and the README's snippet uses them."""

import ast
import re
import subprocess
import sys

import pytest

import deid
from tests.exports import ROOT

HEAVY = ("torch", "spacy", "presidio_analyzer", "prefect", "pydicom", "numpy", "cv2", "onnxruntime", "rapidocr")


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_deid_loads_nothing_heavy():
    assert loaded_by("import deid").isdisjoint(HEAVY)


def test_errors_and_values_come_without_anything_heavy():
    assert loaded_by("from deid import CleanReport, DeidError, Known, Outcome, Status, VaultError").isdisjoint(HEAVY)


def test_the_exported_names_are_pinned():
    assert deid.__all__ == [
        "CleanReport",
        "DeidError",
        "Deidentifier",
        "EngineError",
        "Gate",
        "GateError",
        "InputError",
        "Key",
        "Known",
        "Outcome",
        "Recipe",
        "RecipeError",
        "Refusal",
        "ResidueError",
        "Run",
        "Status",
        "Vault",
        "VaultError",
    ]
    assert dir(deid) == sorted(deid.__all__)


@pytest.mark.parametrize("name", deid.__all__)
def test_every_exported_name_is_there(name):
    assert getattr(deid, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Manager'"):
        _ = deid.Manager


def snippets(name: str) -> list[ast.Module]:
    text = (ROOT / name).read_text("utf-8")
    return [ast.parse(code) for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]


def test_what_the_readme_calls_exists():
    """Attributes of ``deid``, of what the snippet binds to a name, and their methods."""
    (tree,) = snippets("README.md")
    types = {"deid": deid, "vault": deid.Vault, "d": deid.Deidentifier, "gate": deid.Gate, "outcome": deid.Outcome}
    used = {
        (node.value.id, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    asked = {(owner, name) for owner, name in used if owner in types}
    assert {"Key", "Vault", "Deidentifier", "Gate"} <= {name for owner, name in asked if owner == "deid"}
    assert {(owner, name) for owner, name in asked if not hasattr(types[owner], name)} == set()


def test_the_readme_passes_only_keywords_that_are_there():
    import inspect

    (tree,) = snippets("README.md")
    methods = {"folder": deid.Deidentifier.folder, "Deidentifier": deid.Deidentifier, "Gate": deid.Gate}
    checked = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            parameters = inspect.signature(methods[node.func.attr]).parameters
            assert {k.arg for k in node.keywords} <= parameters.keys()
            checked += 1
    assert checked == 3


def test_every_command_of_the_readme_exists():
    from typer.main import get_command

    from deid.cli import app
    from deid.vault.commands import app as vault_app

    text = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/running.md"))
    named = set(re.findall(r"(?:^\$ |`)deid ([a-z]+)(?: ([a-z]+)\b)?", text, re.MULTILINE))
    commands = get_command(app).commands
    vault_commands = get_command(vault_app).commands
    assert len(named) >= 6
    for first, second in named:
        group = vault_commands if first == "vault" else getattr(commands.get(first), "commands", None)
        assert first == "vault" or first in commands
        assert group is None or second in group, (first, second)
