# One verb per chore. Needs Python 3.11 or newer, make and a package registry; everything else goes into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The scorer and its figures stand beside the project, not in it; `make bench` uses them where they are.
BENCH ?= ../shared/bench
# Where the board is kept, and an earlier one to compare with: make bench AGAINST=before.json
SAVE ?= bench.json
AGAINST ?=

.PHONY: help demo install test lint types format bench sample lock clean

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digitize needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@touch $@

install: $(VENV)/installed-dev ## put the package and the developer's tools into .venv

demo: $(VENV)/installed ## read samples/training_metrics.png into series.csv and overlay.png
	$(BIN)/digitize samples/training_metrics.png --out series.csv --json series.json --overlay overlay.png
	@echo; head -n 4 series.csv; echo "..."; echo "series.csv, series.json and overlay.png are in $(CURDIR)"

# Two processes of one thread each: more threads would only step on each other.
test: $(VENV)/installed-dev ## run the tests
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $${WORKERS:-2}

lint: $(VENV)/installed-dev ## ruff: style, likely bugs, format
	$(BIN)/ruff check .

types: $(VENV)/installed-dev ## mypy, strict, on both packages
	$(BIN)/mypy

format: $(VENV)/installed-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev ## the board of figures with known truth, and time and memory by stage
	$(BIN)/python tests/benchmarks/board.py --bench $(BENCH) --digitize $(BIN)/digitize --save $(SAVE) \
		$(if $(AGAINST),--against $(AGAINST))
	$(BIN)/python tests/benchmarks/stages.py --digitize $(BIN)/digitize

sample: $(VENV)/installed-dev ## draw the figures in samples/ again
	for script in samples/*.py; do $(BIN)/python $$script || exit 1; done

lock: ## resolve requirements.lock again (needs uv)
	@echo '# Every version that `make test` runs with, for all platforms from Python 3.11 on. Made by `make lock`; do not edit.' > requirements.new
	uv pip compile pyproject.toml --quiet --universal --group dev --extra draw --python-version 3.11 \
		--upgrade --no-header --no-annotate >> requirements.new
	mv requirements.new requirements.lock

clean: ## remove what the other verbs made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis bench
	rm -f series.csv series.json overlay.png bench.json requirements.new
