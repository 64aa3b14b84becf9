# Two commands: `make demo` and `make test`. Both set up .venv first; nothing else needs to be installed by hand.
PYTHON ?= python3
BIN := .venv/bin
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS := 180

.PHONY: demo test check setup services extras bench campaign model constraints clean

demo: setup  ## run the main job on the sample export and show what happened
	@$(BIN)/python -m sample_data.demo

test: setup services extras check  ## everything that must hold
	$(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "deid needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1). Set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || sh tests/services/install python3-venv
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

services:  ## Debian packages that the tests talk to (needs root or sudo)
	@sh tests/services/install

# torch comes by pip, since only pip sees a CPU build that a machine may hold ready.
extras: .venv/.extras  ## the extras easyocr and transformers, whose real code is tested

.venv/.extras: .venv/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/uv pip install --quiet --python $(BIN)/python scipy scikit-image python-bidi shapely pyclipper ninja pyyaml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps easyocr==1.7.2 torchvision==0.29.2
	$(BIN)/uv pip install --quiet --python $(BIN)/python transformers==5.23.0
	@touch $@

bench: setup
	$(BIN)/python -m bench.headers
	$(BIN)/python -m bench.text
	$(BIN)/python -m bench.pixels
	$(BIN)/python -m bench.vault

campaign: setup services  ## long fault and fuzz campaigns
	$(BIN)/python -m tests.campaign.vault
	$(BIN)/python -m tests.campaign.long

model: setup extras  ## train the shipped text model again, on CPU
	$(BIN)/python -m training.text

constraints:  ## resolve again: hashes, no addresses
	$(BIN)/uv pip compile pyproject.toml --extra aws --extra dask --extra dataset --extra documents --extra keyring --extra llm --extra pacs --extra postgres --extra review --extra dev \
	  --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade -o constraints.txt

clean:
	rm -rf .venv demo build dist
