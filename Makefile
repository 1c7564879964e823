# make run and make test set up all they need on a fresh Debian or Ubuntu. make help lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
.DEFAULT_GOAL := help
# Many images of containers forbid it: then every process of the tests compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run setup setup-test test check format bench soak lint-rates screenshots lock messages clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup ## Set up what is missing, then serve on http://127.0.0.1:8000
	@$(BIN)/python run.py

setup: $(STAMPS)/python $(STAMPS)/system $(STAMPS)/fonts ## Everything to run, without starting

setup-test: $(STAMPS)/system-test setup $(STAMPS)/python-dev ## Everything to test, Chromium too

$(STAMPS)/python: requirements.txt deploy/bootstrap.sh
	@bash deploy/bootstrap.sh venv $(PYTHON) $(VENV)
	@echo "· Installing the locked packages (one to two minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/python-dev: requirements-dev.txt $(STAMPS)/python
	@echo "· Installing the locked packages of the tests"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/system: deploy/bootstrap.sh
	@bash deploy/bootstrap.sh pdf
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/system-test: deploy/bootstrap.sh
	@bash deploy/bootstrap.sh browser $(PYTHON) $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/fonts: app/kernel/fonts.py $(STAMPS)/python
	@echo "· Preparing the Chinese font for PDFs"
	@$(BIN)/python -m app.kernel.fonts > /dev/null
	@mkdir -p $(STAMPS) && touch $@

check: setup-test ## Format, lint, types, import contracts, templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --lint --quiet

# Three workers for two cores: one of them often waits for a browser or a server that was killed.
test: check ## Everything: checks, unit, property, story, browser, reliability (under 12 minutes)
	@$(BIN)/python -m pytest -n 3 --durations=15

soak: setup-test ## Kills, power cuts, failovers, load, mutants, a year of 200 people (an hour or more)
	@LB_SCALE=$${LB_SCALE:-20} $(BIN)/python -m pytest -n 0 --timeout 5400 tests/stories tests/reliability tests/simulation tests/banks/test_hostile.py tests/banks/exchange/test_hostile_files.py tests/banks/test_hostile_imports.py

bench: setup-test ## Measure speed; prints medians and ratios
	@$(BIN)/python -m tests.bench

lint-rates: setup-test ## How often each rule of the item lint fires on good items; writes docs/item-lint.md
	@$(BIN)/python -m tests.itemlint.rates

screenshots: setup-test ## Take the pictures of docs/img from the demo company
	@$(BIN)/python -m tests.browser.screenshots

format: setup-test ## Format and mend what can be mended
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

messages: setup-test ## Bring the English catalogue up to date with the sources
	@mkdir -p build
	@$(BIN)/python -m babel.messages.frontend -q extract -F babel.cfg --no-location --omit-header --sort-output -o build/messages.pot .
	@$(BIN)/python -m babel.messages.frontend -q update -N -i build/messages.pot -d app/translations -l en --no-wrap --omit-header --ignore-obsolete

lock: setup-test ## Lock requirements*.in with hashes
	@$(BIN)/pip-compile -q --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras -o requirements.txt requirements.in
	@$(BIN)/pip-compile -q --upgrade --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras -o requirements-dev.txt requirements-dev.in

clean: ## Remove the virtual environment and built files (not your data in instance/)
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
