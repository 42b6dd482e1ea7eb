# Two commands for newcomers: `make run` and `make test`. Both set up what they need, ask nothing,
# and work a second time. `make help` lists the rest.

ARCHIVE ?= $(if $(SITE),archive,demo-archive)
VENV := .venv
PYTHON ?= python3
DEMO ?=
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
WINDOWS := $(filter Windows_NT,$(OS))
BIN := $(VENV)/$(if $(WINDOWS),Scripts,bin)
DLT := .lab/dlt/$(if $(WINDOWS),Scripts,bin)/python

# Containers like to forbid Python to keep what it compiled; every start would compile it all anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test test-quick test-fire fuzz lint lab bench picture clean

help: ## This list
	@echo "make run SITE=https://blog.example.com   copy a site into ./archive and put it in order"
	@echo "make run                                 the same with the sample site, into ./demo-archive"
	@echo "make test                                all checks and tests, real WordPress servers included"
	@echo "make test-quick                          the same without real servers"
	@echo "make test-fire                           kills and disk faults over a longer story"
	@echo "make fuzz                                a million hostile inputs through every parser"
	@echo "make lint                                formatting, lint and types only"
	@echo "make lab                                 real WordPress servers on loopback, to try things by hand"
	@echo "make bench                               the measurements of docs/performance.md"
	@echo "make picture                             draw the README's pictures anew"
	@echo "make clean                               remove what these commands made, but for archives"

run: $(READY) ## Copy a site and put it in order
ifdef SITE
	@$(BIN)/wp-sync run "$(SITE)" --archive "$(ARCHIVE)" --summary
else
	@$(BIN)/wp-sync demo --archive "$(ARCHIVE)" $(DEMO)
endif

# Two processes, each with servers of its own; a file's tests stay together, as they share them.
test: lint ## Everything, the live tests included
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-quick: lint ## Everything that needs no server
	$(BIN)/python -m pytest -m "not live and not postgresql"

test-fire: $(DEV) ## Every fault at every point, kills and disk faults over the longer story
	WP_SYNC_FIRE=1 $(BIN)/python -m pytest tests/faults/test_kill_points.py tests/faults/test_processes.py \
	  tests/faults/test_normalize_points.py tests/faults/test_export_points.py tests/faults/test_postgresql_cuts.py \
	  tests/faults/test_program.py tests/faults/test_network.py tests/faults/test_answers.py \
	  tests/faults/test_publish_wordpress.py tests/live/test_clinic_moves.py tests/unit/test_archive_opening.py
	WP_SYNC_FIRE=1 $(BIN)/python -m pytest --timeout 0 tests/faults/test_rot.py
	WP_SYNC_MACHINE_EXAMPLES=3000 $(BIN)/python -m pytest --timeout 0 tests/faults/test_machine.py

fuzz: $(DEV) ## A million inputs; what fails is saved in build/fuzz
	$(BIN)/python -m tests.fuzz --runs 1000000

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lab: $(DEV)
	$(BIN)/python -m lab

bench: $(DEV) $(DLT)
	$(BIN)/python -m bench.archive_save
	$(BIN)/python -m bench.normalize
	$(BIN)/python -m bench.links_found
	$(BIN)/python -m bench.related_found
	$(BIN)/python -m bench.term_pairs
	$(BIN)/python -m bench.unchanged_pull
	$(BIN)/python -m bench.calibrate
	$(BIN)/python -m bench.scale
	$(BIN)/python -m bench.one_edit
	$(BIN)/python -m bench.sizes
	$(BIN)/python -m bench.export
	$(BIN)/python -m bench.media
	$(BIN)/python -m bench.postgresql
	$(BIN)/python -m bench.politeness
	$(BIN)/python -m bench.external
	$(BIN)/python -m bench.push
	$(BIN)/python -m bench.redirects
	$(BIN)/python -m bench.first_pull --dlt $(DLT)

# What first_pull is measured against, in an environment of its own.
$(DLT): | $(DEV)
	@echo "Installing dlt to measure against ..."
	@$(PYTHON) -m venv .lab/dlt
	@$(DLT) -m pip install --quiet --disable-pip-version-check "dlt[sqlalchemy]==1.31.0"

picture: $(DEV)
	$(BIN)/python docs/make_picture.py
	$(BIN)/python docs/make_report_picture.py

# The environment is made whole before its stamp is, so that a broken attempt is done again.
$(READY): pyproject.toml tools/make-venv.sh
	@sh tools/make-venv.sh "$(PYTHON)" "$(VENV)"
	@echo "Installing wp-sync into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): $(READY)
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

clean:
	rm -rf $(VENV) .lab .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
