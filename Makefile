# Every command a newcomer needs. `make try` and `make test` want only Python 3.11+ and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check install
PORT ?= 8000
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet

.PHONY: help try run teams test check bench year alarms quarter screenshots playground browser lock clean

help:  ## show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Wardhuddle needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/run.done: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/teams.done: requirements-teams.lock .venv/run.done
	$(PIP) --require-hashes -r requirements-teams.lock
	touch $@

.venv/dev.done: requirements-dev.lock .venv/run.done
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

try: .venv/run.done  ## a sample ward in the browser, no account needed
	$(BIN)/bot try --port $(PORT)

run: .venv/run.done  ## the service, with the settings of .env
	$(BIN)/bot run

teams: .venv/teams.done  ## what Microsoft Teams needs beside the rest

check: .venv/dev.done  ## lint, format, types, arrows, content
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bot content check

browser:  # Chromium for the browser tests, where it can be had; else those tests skip and say so
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "No Chromium here: the browser tests will skip."

test: check browser  ## every check and every test, on SQLite and on PostgreSQL
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -q

bench: .venv/dev.done  ## figures, each beside its floor
	$(BIN)/python -m benchmarks

year: .venv/dev.done  ## a simulated year of reminders and scenes on four wards
	$(BIN)/python -m benchmarks.content_year

alarms: .venv/dev.done  ## how often a stable ward is told of a change, and when a halving is seen; some ten minutes
	$(BIN)/python -m benchmarks.false_alarms

quarter: .venv/dev.done  ## a simulated quarter of twenty wards' huddles, some five minutes
	$(BIN)/python -m benchmarks.quarter

screenshots: .venv/dev.done browser  ## the README's pictures, taken anew from the sample ward
	$(BIN)/python -m docs.screenshots

playground: .venv/dev.done browser  ## a sample ward in Microsoft's local Teams client; STAY=1 to try by hand (Node.js)
	$(BIN)/python -m docs.playground $(if $(STAY),--stay)

lock:  ## pin and hash anew (needs uv)
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --extra teams --constraints requirements.lock --output-file requirements-teams.lock
	$(LOCK) --extra teams --group dev --constraints requirements-teams.lock --constraints requirements.lock \
		--output-file requirements-dev.lock

clean:  ## remove what make made
	rm -rf .venv
