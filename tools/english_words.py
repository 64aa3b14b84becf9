"""Write the list of English words that the text room ships: ``python tools/english_words.py /usr/share/dict/scowl``.

The source is SCOWL, as Debian's package ``scowl`` installs it: words common to all spellings, and those of American
and British ones, up to size 60 (what a spelling checker takes). Its licence lies beside the list.
"""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

LEXICON = Path(__file__).parents[1] / "deid" / "text" / "lexicon"
KINDS = ("english-words", "american-words", "british-words")
LARGEST = 60


def collect(folder: Path) -> list[str]:
    """Words of three letters and more, in lower case, sorted."""
    words: set[str] = set()
    for kind in KINDS:
        for path in folder.glob(f"{kind}.*"):
            if int(path.suffix[1:]) <= LARGEST:
                words.update(path.read_text("latin-1").split())
    return sorted(w for w in words if len(w) > 2 and w.isascii() and w.isalpha() and w.islower())


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    words = collect(parser.parse_args().folder)
    text = "\n".join(words).encode()
    (LEXICON / "english.txt.gz").write_bytes(gzip.compress(text, 9, mtime=0))


if __name__ == "__main__":
    main()
