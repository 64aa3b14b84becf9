"""The header path against ``cp`` and peers: wall time of whole runs, and how many planted strings each leaves.

``python -m bench.headers --files 2000 --rounds 3``. Every round runs every contender once, one after the other and each
into a fresh folder, so that what else the machine does hits all alike. Ours runs complete: verification, text
cleaning, vault and manifest on; the rows "catalog trusted" leave out the look for text in pixels that the catalog says
carry none (``pixels: {check: none}``), which no peer has. Peers are installed into an environment of their own
(``--peers DIR``); a peer that cannot be installed, and gdcmanon where Debian's ``libgdcm-tools`` is missing, is left
out and said so.

Every contender first runs over a few files, unmeasured but for the column "start": Python's byte code is compiled then,
for all alike. What a file costs beyond the start is the wall time without that, by the number of the other files.
"CPU" is the time that all processes of a run had of the processors together: beside other work it says more than wall
time does.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ROOT = Path(__file__).resolve().parents[1]
PEERS = ("dicognito", "dicom-anonymizer")
#: Searched in what each contender wrote: values of the input that name the patient, the staff or the site.
PLANTED = (b"Quuxley", b"Zeldabeth", b"Wolfenbarg", b"MRN77", b"ACX55", b"Bartolph", b"Thistledown", b"617-555-0188")
#: Numeric attributes of a CT whose value does not matter here.
PLAIN = (
    "ScanOptions", "DataCollectionDiameter", "ReconstructionDiameter", "DistanceSourceToDetector",
    "DistanceSourceToPatient", "GantryDetectorTilt", "TableHeight", "ExposureTime", "XRayTubeCurrent", "Exposure",
    "GeneratorPower", "FocalSpots",
)  # fmt: skip
PR_SET_CHILD_SUBREAPER = 36  # of prctl(2)
FEW = 4  # files of the run that shows what starting costs
#: One thread each; byte code is kept, in a place of its own, wherever the packages are.
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
    "OMP_NUM_THREADS": "1",
    "PYTHONPATH": str(ROOT),
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "deid-bench-bytecode"),
}
ECHO = """
import sys, pydicom
from pathlib import Path
source, target = map(Path, sys.argv[1:])
for path in source.rglob("*.dcm"):
    out = target / path.relative_to(source)
    out.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmread(path).save_as(out)
"""


DICOGNITO = "import sys; from dicognito.__main__ import main; sys.exit(main(sys.argv[1:]))"  # its script does not start


@dataclass
class Contender:
    """One way to carry files over; ``run`` takes the input and a fresh output folder."""

    name: str
    run: Callable[[Path, Path], None]
    prepare: Callable[[], None] = lambda: None
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    start: float = 0.0
    memory_kib: int = 0
    leaks: int = -1
    written: int = 0


def instance(number: int, side: int, rng: np.random.Generator) -> bytes:
    """One CT of about 200 elements, as scanners write them: private blocks, codes, a nested request."""
    from tests.dicom_corpus import CHARSETS, Uids, code, ct, encode

    study = number // 400
    made = ct(CHARSETS["ascii"], Uids(study), number)
    made.PatientID = f"MRN77{study:05d}"
    # A body in air with the noise of a scanner: what is all noise looks like writing to a text detector.
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    body = np.where(x**2 / 0.7 + y**2 / 0.4 < 1, 1040, 24) + rng.normal(0, 12, (side, side))
    made.PixelData = body.clip(0, 4095).astype("<u2").tobytes()
    made.Rows = made.Columns = side
    made.ImagePositionPatient, made.SliceLocation = [0, 0, number * 1.25], str(number * 1.25)
    made.ContentTime = made.AcquisitionTime = f"10{number // 60 % 60:02d}{number % 60:02d}.{number:06d}"
    made.ImageComments = ""
    for keyword in PLAIN:
        setattr(made, keyword, "1")
    made.RotationDirection, made.FilterType, made.PatientPosition = "CW", "BODY", "HFS"
    block = made.private_block(0x0019, "GEMS_ACQU_01", create=True)
    for element in range(0x02, 0x62):
        block.add_new(element, "DS", f"{element}.5")
    made.AnatomicRegionSequence = Sequence([code("T-D1100", "SRT", "Head")])
    made.CTDIPhantomTypeCodeSequence = Sequence([code("113691", "DCM", "IEC Body Dosimetry Phantom")])
    return encode(made, ExplicitVRLittleEndian)


def write_input(folder: Path, files: int, side: int) -> None:
    """One flat folder (a peer does not look further down) of studies of up to 400 instances."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(files):
        path = folder / f"{number:06d}.dcm"
        path.write_bytes(instance(number, side, rng))


def call(*command: object) -> None:
    """Run a command in silence; its words are kept for the case that it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-500:]}")


class Watch:
    """Wall time and processor time of a run, and the most memory that all its processes held together."""

    def __enter__(self) -> Watch:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what a run leaves behind is ours to wait for
        self._used, self._began = used_by_children(), time.perf_counter()
        self.memory_kib, self._done = 0, threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._began
        with suppress(ChildProcessError):
            while True:
                os.wait()
        self.cpu = used_by_children() - self._used
        self._done.set()
        self._sampler.join()

    def _sample(self) -> None:
        """Add up what is below this process, four times a second."""
        while not self._done.wait(0.25):
            self.memory_kib = max(self.memory_kib, sum(map(proportional_kib, descendants(os.getpid()))))


def used_by_children() -> float:
    """Processor time of all processes that have ended below this one, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and theirs."""
    try:
        children = [int(c) for t in Path(f"/proc/{pid}/task").iterdir() for c in (t / "children").read_text().split()]
    except OSError:
        return []
    return [*children, *(inner for child in children for inner in descendants(child))]


def proportional_kib(pid: int) -> int:
    """Resident memory, pages that are shared counted by their share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def ours(name: str, workers: int, scratch: Path, recipe: str | Path) -> Contender:
    """``deid run`` with everything on, against a vault that does not know the patients yet."""
    deid = Path(sys.executable).with_name("deid")
    base = [deid] if deid.exists() else [sys.executable, "-c", "from deid.cli import main; main()"]
    vaults: list[Path] = []

    def prepare() -> None:  # making a vault is not the run
        vaults.append(scratch / f"v{time.monotonic_ns()}" / "links.vault")
        call(*base, "vault", "init", "--vault", vaults[-1])

    def run(source: Path, target: Path) -> None:
        vault, key = vaults[-1], f"file:{vaults[-1]}.key"
        call(*base, "run", source, target, "--vault", vault, "--key", key, "--recipe", recipe, "--workers", workers)

    return Contender(name, run, prepare)


def gdcm(folder: Path) -> Callable[[Path, Path], None] | None:
    """gdcmanon's own de-identification (PS3.15 Basic Profile of its edition), which wants a certificate."""
    program = shutil.which("gdcmanon")
    openssl = shutil.which("openssl")
    if program is None or openssl is None:
        return None
    certificate, key = folder / "c.pem", folder / "k.pem"
    call(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", 30,
         "-subj", "/CN=bench")  # fmt: skip
    return lambda source, target: call(program, "-e", "-c", certificate, "-r", "--continue", source, target)


def install_peers(folder: Path) -> Path | None:
    """An environment that holds the Python peers; None if they cannot be had."""
    python = folder / "bin" / "python"
    if not python.exists():
        try:
            call(sys.executable, "-m", "venv", folder)
            call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS)
        except RuntimeError:
            return None
    return folder / "bin" if all((folder / "bin" / peer).exists() for peer in PEERS) else None


def contenders(scratch: Path, peers: Path | None, recipe: str) -> list[Contender]:
    """All that can run here."""

    def copied_and_synced(source: Path, target: Path) -> None:
        call("cp", "-r", source, target)
        os.sync()

    trusting = scratch / "trusting.yaml"
    trusting.write_text(f"recipe: trusting\nversion: 1\nextends: {recipe}\npixels: {{check: none}}\n")
    echo = scratch / "echo.py"
    echo.write_text(ECHO)
    found = [
        Contender("cp -r", lambda source, target: call("cp", "-r", source, target)),
        Contender("cp -r; sync", copied_and_synced),
        ours("deid, one process", 1, scratch, recipe),
        ours("deid, two processes", 2, scratch, recipe),
        ours("deid, one process, catalog trusted", 1, scratch, trusting),
        ours("deid, two processes, catalog trusted", 2, scratch, trusting),
        Contender("pydicom read+save", lambda source, target: call(sys.executable, echo, source, target)),
    ]
    if peers is not None:
        found += [
            Contender(
                "dicognito", lambda s, t: call(peers / "python", "-c", DICOGNITO, "--quiet", "--output-directory", t, s)
            ),
            Contender("dicom-anonymizer", lambda s, t: call(peers / "dicom-anonymizer", s, t)),
        ]
    gdcmanon = gdcm(scratch)
    if gdcmanon is not None:
        found.append(Contender("gdcmanon", gdcmanon))
    return found


def measure(entry: Contender, source: Path, target: Path) -> Watch:
    """One run of one contender."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.rmtree(target.with_name(f"{target.name}.restricted"), ignore_errors=True)
    entry.prepare()
    if entry.name.startswith(("dicognito", "dicom-anonymizer", "pydicom", "gdcmanon")):
        target.mkdir()
    os.sync()
    with Watch() as watch:
        entry.run(source, target)
    return watch


def count(entry: Contender, target: Path) -> None:
    """Look at what a contender wrote."""
    outputs = [p for p in target.rglob("*") if p.is_file() and p.stat().st_size > 1000]
    entry.written = sum(p.suffix == ".dcm" or p.read_bytes()[128:132] == b"DICM" for p in outputs)
    entry.leaks = sum(word in data for p in outputs for data in (p.read_bytes(),) for word in PLANTED)


def table(title: str, found: list[Contender], files: int) -> str:
    """A Markdown table; times are medians over the rounds."""
    base = statistics.median(next(c for c in found if c.name == "cp -r; sync").times)
    lines = [
        f"### {title}",
        "",
        "| | wall, s | ms a file | start, s | ms a file after it | against `cp -r; sync` | CPU, s | memory, MiB "
        "| files out | planted (file, string) left |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for entry in found:
        wall = statistics.median(entry.times)
        after = (wall - entry.start) / max(files - FEW, 1)
        lines.append(
            f"| {entry.name} | {wall:.2f} | {1000 * wall / files:.2f} | {entry.start:.2f} | {1000 * after:.2f} "
            f"| {wall / base:.2f} | {statistics.median(entry.cpu):.2f} | {entry.memory_kib / 1024:.0f} "
            f"| {entry.written} | {entry.leaks} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipe", default="research")
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "deid-bench-peers")
    parser.add_argument("--only", default="", help="words of contenders to run, joined by commas")
    options = parser.parse_args()
    peers = install_peers(options.peers)
    if peers is None:
        print("the Python peers cannot be installed here: left out", file=sys.stderr)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.files} files\n")
    for title, side in (("CT of 0.5 MB, 200 elements", 512), ("header-dominated: the same, 64 x 64", 64)):
        with tempfile.TemporaryDirectory(prefix="deid-bench-") as made:
            scratch = Path(made)
            source = scratch / "in"
            write_input(source, options.files, side)
            found = contenders(scratch, peers, options.recipe)
            if options.only:
                words = (*options.only.split(","), "cp -r; sync")
                found = [c for c in found if any(word in c.name for word in words)]
            for path in source.iterdir():
                path.read_bytes()  # nobody pays for a cold cache
            few = scratch / "few"
            few.mkdir()
            for path in sorted(source.iterdir())[:FEW]:
                shutil.copy(path, few)
            for entry in found:
                measure(entry, few, scratch / "out")
                entry.start = measure(entry, few, scratch / "out").wall
            for _ in range(options.rounds):
                for entry in found:
                    watch = measure(entry, source, scratch / "out")
                    entry.times.append(watch.wall)
                    entry.cpu.append(watch.cpu)
                    entry.memory_kib = max(entry.memory_kib, watch.memory_kib)
                    if entry.leaks < 0:
                        count(entry, scratch / "out")
            print(table(title, found, options.files), "\n")


if __name__ == "__main__":
    main()
