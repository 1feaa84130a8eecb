# Every command of the project. `make help` lists them.
# ARGS reaches the program: make test ARGS="tests/inventory -k sweep", make demo ARGS="--once --devices 24"

ARGS ?=
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$python && break; done)

# Where Python may not keep compiled files, each of the many processes started here compiles everything again.
export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517
APPS := netmanager inventory compliance jobs syslogd

.DEFAULT_GOAL := help
.PHONY: help demo run test chaos storm fuzz lint format bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.lab ## Discover, back up and audit a simulated network, then show it in the browser
	@$(BIN)/python manage.py demo $(ARGS)

run: $(VENV)/.product ## Start web, worker, scheduler and syslog for your own network
	@$(BIN)/python manage.py run $(ARGS)

test: $(VENV)/.dev ## Run every test on a PostgreSQL and a Redis of its own
	@$(BIN)/python -m tests.run $(ARGS)

chaos: $(VENV)/.dev ## Deploy to a lab while workers, Redis and PostgreSQL are killed (20 seeds)
	@$(BIN)/python -m tests.chaos $(ARGS)

storm: $(VENV)/.dev ## Send numbered syslog messages while Redis, PostgreSQL, workers and receivers die
	@$(BIN)/python -m tests.storm $(ARGS)

fuzz: $(VENV)/.dev ## Send thousands of random requests to the API as viewer, operator and administrator
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} LOG_LEVEL=ERROR $(BIN)/python -m tests.run -n 0 -s -q --timeout 0 --show-capture=no \
		tests/netmanager/test_api_fuzz.py $(ARGS)

lint: $(VENV)/.dev ## Check style, types, migrations, settings and the API schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(APPS)
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

format: $(VENV)/.dev ## Put imports and layout in order
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure speed and memory beside peers (ARGS: names of modules in tests/bench)
	@$(BIN)/python -m tests.bench $(ARGS)

# The virtualenv: a stamp for each set of requirements, so that a second `make` is instant.

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "NetManager needs Python 3.11 or newer; none was found. On Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing python3-venv from Debian" \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes python3-venv >/dev/null; } \
		|| { echo "Python's venv module is missing. On Debian: sudo apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.product: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing requirements.txt into $(VENV) (about a minute the first time)"
	@$(PIP) -r requirements.txt && touch $@

$(VENV)/.lab: requirements-lab.txt $(VENV)/.product
	@$(PIP) -r requirements-lab.txt && touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.lab
	@echo "Installing requirements-dev.txt into $(VENV)"
	@$(PIP) -r requirements-dev.txt && touch $@
