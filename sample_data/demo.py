"""What `make demo` runs: the flow over the sample export and over pydicom's own files, then a look at the result."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXPORT = ROOT / "sample_data" / "ready" / "export"
STUDY = "SMITH_JOHN_40718253/20230314_CT_ABDOMEN_A23-004411"
IMAGE, REPORT, FINDING = f"{STUDY}/IM0001.dcm", "reports/SMITH_JOHN_A23-004411.txt", "Crohn"
IMAGES = (
    "PARK GRACE/US OB 05-09-2023/LOOP01",
    f"{STUDY}/DOSE/SC0001",
    "SMITH_MARGARET/MG_20221102/LCC.dcm",
    "YAMADA_TAROU_73300518/DX/CHEST_PA.dcm",
)
DEMO = ROOT / "demo"

os.environ.update(
    PREFECT_HOME=str(DEMO / "prefect"),
    DEID_JOBS=str(DEMO / "jobs"),
    PREFECT_LOGGING_LEVEL="ERROR",
    DO_NOT_TRACK="1",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="180",
)

import pydicom  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

import deid  # noqa: E402
from sample_data.picture import before_after  # noqa: E402

SHOWN = Console(highlight=False)


def main() -> None:
    shutil.rmtree(DEMO, ignore_errors=True)
    for folder in (DEMO, DEMO / "prefect"):
        folder.mkdir(mode=0o700)
    key = deid.Key.generate(DEMO / "vault.key")
    with deid.Vault.create(DEMO / "links.vault", key) as vault:
        _batch("a synthetic PACS export", EXPORT, DEMO / "out")
        _batch(
            "the DICOM files in the pydicom wheel",
            Path(pydicom.__file__).parent / "data" / "test_files",
            DEMO / "out-pydicom",
        )
        _show_patient(vault)
    SHOWN.print("\nNext: README.md, or ask the vault yourself:", style="bold")
    SHOWN.print("  .venv/bin/deid vault lookup CODE --vault demo/links.vault --key file:demo/vault.key")
    SHOWN.print("  .venv/bin/deid plan FILE      what happens to each element of an instance, and why")


def _batch(what: str, source: Path, output: Path) -> None:
    from flows.batch import BatchJob, batch, save_job  # Prefect takes its time to load

    SHOWN.print(f"\n[bold]De-identifying {what}[/bold] (Prefect flow deid-batch, recipe research)")
    begun = time.monotonic()
    job = BatchJob(
        str(source), str(output), "research", str(DEMO / "links.vault"), f"file:{DEMO / 'vault.key'}", workers=2
    )
    counts = batch(save_job(DEMO / "jobs", job))
    SHOWN.print(
        f"  {sum(counts.values())} units in {time.monotonic() - begun:.0f} s: "
        + ", ".join(f"{v} {k}" for k, v in sorted(counts.items()))
    )
    with (output / "manifest.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines]
    reasons = Counter(f"{r['status']}: {r['code']}" for r in rows if r.get("code"))
    for reason, count in sorted(reasons.items()):
        SHOWN.print(f"    {count:3d} {reason}")


def _show_patient(vault: deid.Vault) -> None:
    """One patient, before and after, in header, pixels and report."""
    before = pydicom.dcmread(EXPORT / IMAGE)
    code = vault.find(str(before.PatientID), str(before.get("IssuerOfPatientID", "")))
    if code is None:
        sys.exit("the sample patient is not in the vault")
    after = _published(vault, code, before)
    table = Table("Attribute", "before", "after", title="One patient: header ...", title_justify="left")
    for keyword in (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "StudyDate",
        "AccessionNumber",
        "StudyInstanceUID",
        "StudyDescription",
    ):
        table.add_row(keyword, str(before.get(keyword, "")), str(after.get(keyword, "")))
    SHOWN.print(table)
    pictures = [
        (b, _published(vault, vault.find(str(b.PatientID), str(b.get("IssuerOfPatientID", ""))) or "", b))
        for b in (pydicom.dcmread(EXPORT / name) for name in IMAGES)
    ]
    before_after(pictures, DEMO / "before-after.png")
    SHOWN.print("... pixels: [bold]demo/before-after.png[/bold]\n... and report:")
    text = (EXPORT / REPORT).read_text("utf-8")
    with deid.Deidentifier("research", vault=vault) as d:
        clean = next(r.text for r in d.clean_reports(DEMO / "out") if r.subject == code and FINDING in r.text)
    for title, content in (("before", text), ("after", clean)):
        SHOWN.rule(title, align="left")
        SHOWN.print(content.strip(), markup=False)
    SHOWN.rule(align="left")
    SHOWN.print(
        f"Who is {code}? [bold]deid vault reveal[/bold] answers whoever has the key and a reason, and keeps a record:"
    )
    for link in vault.reveal(code, reason="demonstration", who="demo"):
        if link.kind in ("patient-id", "name"):
            SHOWN.print(f"  {link.kind}: {link.surrogate} was {link.original}", markup=False)


def _published(vault: deid.Vault, code: str, before: pydicom.Dataset) -> pydicom.Dataset:
    uid = vault.surrogates(code).uid(str(before.SOPInstanceUID))
    return pydicom.dcmread(next((DEMO / "out" / code).rglob(f"{uid}.dcm")))


if __name__ == "__main__":
    main()
