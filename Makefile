# Everything a contributor runs. `make` sets up and checks; `make help` lists the targets.
.DEFAULT_GOAL := all
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
# Tests and commands start many processes; each would compile what it imports anew.
export PYTHONDONTWRITEBYTECODE :=
# Most tests wait for sockets: two processes a core, and who is done takes over from who is not.
SIDE_BY_SIDE := -n $(shell $(PYTHON) -c 'import os; print(min(2 * (os.cpu_count() or 1), 16))') --dist worksteal

.PHONY: all help setup demo run test chaos test-fast bites mutants bench pictures goldens check format docs sbom audit migration lock clean

all: setup check test ## set up, check and test

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## make .venv with the locked dependencies

$(READY): requirements/uv.txt requirements/dev.txt pyproject.toml
	@echo "Setting up .venv (once; about half a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "anth-triage needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --require-hashes --compile-bytecode -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## try it in the browser, against stand-ins on this machine; none of your tokens is taken along
	@env -u SLACK_BOT_TOKEN -u SLACK_APP_TOKEN -u ANTHROPIC_API_KEY -u ANTHROPIC_ADMIN_KEY $(BIN)/anth-triage demo $(ARGS)

run: $(READY) ## start the bot; takes SLACK_BOT_TOKEN and SLACK_APP_TOKEN from the environment or from .env
	@set -a; if [ -f .env ]; then . ./.env; fi; set +a; exec $(BIN)/anth-triage serve $(ARGS)

test: $(READY) ## run every test (the gate); set TEST_DATABASE_URL to include PostgreSQL
	@$(BIN)/pytest $(SIDE_BY_SIDE) $(ARGS)

chaos: $(READY) ## run the kills, races, faults and migrations in full, of which the gate runs a part (long)
	@CHAOS=$${CHAOS:-8} $(BIN)/pytest $(SIDE_BY_SIDE) -o timeout=3600 tests/sim tests/store/test_backup_under_load.py tests/store/test_backup_broken_off.py \
		tests/store/test_modes.py tests/store/test_history.py \
		tests/unit/slack/test_text_is_never_markup.py tests/functional/test_old_buttons.py tests/functional/test_troubles.py \
		tests/functional/test_tree_walk.py tests/functional/test_http_hostile.py tests/browser/test_demo.py tests/store/test_auditor.py tests/unit/postmortem/test_sandbox.py $(ARGS)

test-fast: $(READY) ## unit and architecture tests only
	@$(BIN)/pytest $(SIDE_BY_SIDE) tests/unit tests/architecture $(ARGS)

bites: $(READY) ## plant each sabotage of a promise in a copy and see that the tests catch it (5 minutes)
	@$(BIN)/python -m tests.bites.run $(ARGS)

mutants: $(READY) ## change the state machine, the jobs and the redactor at random places and see that quick tests notice (4 minutes)
	@$(BIN)/uv pip install --quiet --require-hashes -r requirements/mutants.txt
	@$(BIN)/mutmut run >mutants.log || { tail -n 20 mutants.log; exit 1; }
	@$(BIN)/mutmut results >mutants.txt || true
	@$(BIN)/python -m tests.bites.share mutants.log mutants.txt

bench: $(READY) ## measure side by side with the bare platform, print the figures and keep them in docs/benchmarks.md (6 minutes)
	@$(BIN)/python -m tests.bench.run docs/benchmarks.md $(ARGS)

pictures: $(READY) ## draw every card and form, and the running demo, into docs/pictures (needs Debian's chromium and fonts-noto-color-emoji)
	@$(BIN)/python -m tests.pictures.make docs/pictures
	@$(BIN)/python -m tests.pictures.demo docs/pictures/demo

goldens: $(READY) ## write the golden exports of the postmortem anew; look at the diff
	@$(BIN)/python -m tests.golden.make tests/golden/exports

check: $(READY) ## format check, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(READY) ## format and mend what the linter can mend
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

docs: $(READY) ## write the reference pages anew
	@$(BIN)/python -m bot.cli.reference docs/reference

sbom: $(READY) ## write what the bot is made of to dist/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m tests.supply.sbom dist/sbom.cdx.json

audit: $(READY) ## ask the advisories about every locked dependency (needs a network)
	@$(PYTHON) -m venv build/audit
	@build/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@for lock in runtime dev; do build/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/$$lock.txt; done

migration: $(READY) ## write a new migration from the tables (NAME="what changes")
	@$(BIN)/python -m bot.store.new_migration "$(NAME)"

lock: $(READY) ## lock the dependencies anew, a week behind the newest
	@echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 - -o requirements/uv.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --extra pdf --extra postgres pyproject.toml -o requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --extra pdf --extra postgres --group dev pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --extra pdf --extra postgres --group dev --group mutants pyproject.toml -o requirements/mutants.txt
	@echo pip-audit | $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 - -o requirements/audit.txt

clean: ## remove what the other targets made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
