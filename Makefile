# What a contributor, CI and a first visitor run. `make demo` and `make test` need nothing but python3 and make.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test check kill soak bench clean fmt

demo: $(STAMP) ## the main job on a practice range: no credentials, no network
	@$(BIN)/slamon demo

test: $(STAMP) ## every test
	@$(BIN)/python -m pytest -q -n auto

check: $(STAMP) ## lint, types, import arrows, docs in step with the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_docs.py

kill: $(STAMP) ## slamon dies at every fail point in turn, and nothing is lost or told twice; within five minutes
	@PYTHONPATH=tests $(BIN)/python -m kill matrix

LIVES ?= 10000
soak: $(STAMP) ## the same with random deaths, several a life; before a release
	@PYTHONPATH=tests $(BIN)/python -m kill soak $(LIVES)

bench: $(STAMP) ## the yardsticks of docs/performance.md
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python -m bench

fmt: $(STAMP)
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "no virtual environment can be made; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "installing slamon and its tools into .venv (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[postgres,ics,text]' --group test --group check
	@touch $@

clean:
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
