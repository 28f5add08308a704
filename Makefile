# Each target makes .venv by itself when it is missing or older than the lock file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP := $(VENV)/.complete
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Tests wait a good deal, those of the interface most of the time: more processes than cores keep the cores busy.
WORKERS ?= $(shell echo $$(( $(CORES) < 8 ? 2 * $(CORES) : 16 )))
SCREENS ?= $(shell echo $$(( $(CORES) < 4 ? 5 * $(CORES) : 16 )))
# What was compiled once is not compiled again by each process.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --dist worksteal
# The tests write hundreds of thousands of small files: in memory where there is room for them, and gone at the end.
ROOMY = test "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }')" -gt 4000000 2>/dev/null && test -w /dev/shm
IN_SCRATCH = scratch=$$(mktemp -d "$$($(ROOMY) && echo /dev/shm || echo "$${TMPDIR:-/tmp}")/r.XXXX") && chmod 755 "$$scratch" && \
  trap 'rm -rf "$$scratch"' EXIT && export TMPDIR="$$scratch" &&

FUZZ = $(IN_SCRATCH) PYTHONPATH=tests $(BIN)/python -m

.PHONY: help demo test campaign crash stress fuzz fuzz-keep soak check format readme screenshots stories bench lock clean

help:
	@echo "make demo         open the interface on a lively example store"
	@echo "make test         run the tests"
	@echo "make campaign     run the long ones: every key, every look, hostile names, stores that vanish"
	@echo "make crash        kill and fail every operation at every call that changes the disk"
	@echo "make stress       20,000 sequences of operations against a model"
	@echo "make fuzz         feed every parser with made-up input, 10 minutes each (SECONDS=30: shorter; TARGETS=\"query plan\")"
	@echo "make fuzz-keep    put what such runs found out into the corpus"
	@echo "make soak         half an hour of the interface beside 200 workers, builds, sweeps, crashes (MINUTES=3: shorter)"
	@echo "make check        format, lint, types, import contracts"
	@echo "make format       let the formatter rewrite the sources"
	@echo "make readme       write the README's tables of keys and commands again"
	@echo "make screenshots  write the pictures in screenshots/ again"
	@echo "make stories      write the pages that are made by running the programs (docs/why.md) again"
	@echo "make bench        measure on a big store (SIZE=small: a small one) and print a table"
	@echo "make lock         choose and record new versions of what the project needs"
	@echo "make clean        remove .venv and what tools left behind"

$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "pkgstore-tui needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --no-deps --require-hashes -r requirements.lock
	@touch $@

$(STAMP): $(VENV)/.locked pyproject.toml
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

# Only where there is a wheel of atheris; without it Hypothesis makes the inputs.
$(VENV)/.fuzz: requirements-fuzz.lock $(STAMP)
	@$(PIP) --only-binary :all: --no-deps --require-hashes -r requirements-fuzz.lock 2>/dev/null && touch $@ || true

demo: $(STAMP)
	@$(BIN)/pkgstore-tui --demo

test: $(STAMP)
	$(IN_SCRATCH) $(PYTEST) -n $(WORKERS) --ignore=tests/tui --cov --cov-report=term --cov-fail-under=95
	$(IN_SCRATCH) $(PYTEST) -n $(SCREENS) tests/tui

crash: $(STAMP)
	$(IN_SCRATCH) $(PYTEST) -n $(WORKERS) -m crash tests/core

stress: $(STAMP)
	$(PYTEST) -n $(WORKERS) -m stress tests/core

fuzz: $(VENV)/.fuzz
	@$(FUZZ) fuzz.run --seconds $(or $(SECONDS),600) $(TARGETS)

fuzz-keep: $(STAMP)
	@$(FUZZ) fuzz.keep

campaign: $(STAMP)
	$(PYTEST) -n $(SCREENS) -m "campaign and not stress"

soak: $(STAMP)
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),30)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

readme: $(STAMP)
	$(BIN)/python tests/readme.py

screenshots: $(STAMP)
	PYTHONPATH=tests:tests/tui $(BIN)/python tests/tui/pictures.py

stories: $(STAMP)
	PYTHONPATH=tests:tests/tui $(BIN)/python -m stories.write

bench: $(STAMP)
	@$(BIN)/python bench/run.py --size $(or $(SIZE),big)

lock: $(STAMP)
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)/lock/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes \
	  --python-version 3.11 --no-header --upgrade --output-file requirements.lock
	$(VENV)/lock/bin/uv pip compile --group pyproject.toml:fuzz --universal --generate-hashes \
	  --python-version 3.11 --no-header --upgrade --output-file requirements-fuzz.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .fuzz dist
