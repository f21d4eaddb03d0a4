# Two commands a newcomer needs: `make run` and `make test`. Everything else is for builders.
PY     ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
PORT   ?= 8000
export UV_LINK_MODE ?= copy

.PHONY: nightly docs run test check bench lock clean format types contracts fast browser-tools
.DEFAULT_GOAL := run

$(UV):
	@command -v $(PY) >/dev/null || { echo "onefunnel needs $(PY); install it (Debian: apt install python3.11 python3.11-venv)"; exit 1; }
	$(PY) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check "uv>=0.9"

# What the app needs (make run) and, on top of it, what the tests need (make test).
$(VENV)/app.stamp: requirements/app.txt pyproject.toml | $(UV)
	@echo "Installing onefunnel (about a minute the first time) ..."
	@test -e $(VENV)/test.stamp || $(UV) pip sync -q --python $(BIN)/python --require-hashes requirements/app.txt
	@test -e $(VENV)/test.stamp || $(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/test.stamp: requirements/test.txt pyproject.toml | $(UV)
	$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements/test.txt
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/app.stamp

## make run            the simulated company;  make run FROM=folder   your own CRM exports
run: $(VENV)/app.stamp
ifdef FROM
	$(BIN)/onefunnel serve --from "$(FROM)" --port $(PORT)
else
	$(BIN)/onefunnel demo --port $(PORT)
endif

format: $(VENV)/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(VENV)/test.stamp
	$(BIN)/mypy

contracts: $(VENV)/test.stamp
	$(BIN)/lint-imports

## make check          format, lint, types, contracts, fast tests: before each commit
check: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not slow and not browser"

browser-tools:
	@command -v chromium >/dev/null || { echo "Installing chromium for the browser tests ..."; apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; }

## make test           everything, browser and PostgreSQL included
test: $(VENV)/test.stamp browser-tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal -m "not browser"
	ONEFUNNEL_TEST_DB=postgres $(BIN)/pytest -n 2 --dist worksteal tests/server -m "not browser and not slow"
	$(BIN)/pytest -n 2 --dist loadfile -m browser

## make nightly        the same questions asked of new examples, more often and of more data
nightly: export HYPOTHESIS = search
nightly: export ONEFUNNEL_EXAMPLES = 1000
nightly: export ONEFUNNEL_STEPS = 50000
nightly: export ONEFUNNEL_LEADS = 1000
nightly: export ONEFUNNEL_PAGES = 3
nightly: export ONEFUNNEL_HUGE = 300000
nightly: export ONEFUNNEL_COMPANIES = 200
nightly: export ONEFUNNEL_CAPTURE_KILLS = 200
nightly: $(VENV)/test.stamp browser-tools
	$(BIN)/pytest -n 2 --dist worksteal tests/library tests/connectors tests/trust -m "not browser"
	$(BIN)/pytest tests/trust -m browser

## make bench          every speed claim as a paired ratio, written to benchmarks/RESULTS.md
bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

## make docs           write docs/reference from the code
docs: $(VENV)/test.stamp
	$(BIN)/python docs/reference/generate.py

## make lock           resolve the dependencies again
lock: | $(UV)
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --upgrade pyproject.toml -o requirements/app.txt
	$(UV) pip compile -q --universal --generate-hashes --no-annotate --no-header --upgrade pyproject.toml --group test -o requirements/test.txt

clean:
	rm -rf $(VENV) build dist
