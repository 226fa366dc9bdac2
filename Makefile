# The daily verbs. Each does the set-up it needs; a second call finds it done.
#   make report                               publish the last complete month of the demo company
#   make report STUDY=data/telco              … of another study
#   make report STUDY=data/demo MONTH=2026-08 … of another month

STUDY ?= data/demo
MONTH ?=
PYTHON ?=
LAB ?=
BIN := .venv/bin
READY := .venv/.ready
AXE := tests/assets/node_modules/.package-lock.json
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.12

# Without compiled bytecode every notebook would start three times as slowly.
unexport PYTHONDONTWRITEBYTECODE
export PYTHON

.PHONY: help report test test-slow test-spark lab lint bench lock clean
.DEFAULT_GOAL := help

help: ## say what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

report: $(READY) ## publish a month (STUDY=data/demo, MONTH=YYYY-MM: the last complete one)
	@$(BIN)/cxmodels report $(STUDY) $(if $(MONTH),--month $(MONTH))

# One thread each: the tests themselves keep every core busy, and threads that wait for each other only slow them.
# Each core takes whole rooms, so that what the tests of a file share is made once, and then helps the others.
test test-slow: export OMP_NUM_THREADS := 1

test: $(READY) $(AXE) ## run the tests
	@$(BIN)/python -m pytest -n auto --dist worksteal -rs

test-slow: $(READY) ## run the long simulations
	@$(BIN)/python -m pytest -rs -m slow

test-spark: $(READY) .venv/.spark ## run the same path on Spark (needs Java)
	@$(BIN)/python -m pytest -rs -m spark

lab: $(READY) ## open JupyterLab on the notebooks; notebooks/explore/ is yours
	@mkdir -p notebooks/explore
	@test -e data/demo/study.toml || $(BIN)/cxmodels demo --out data/demo
	@$(BIN)/jupyter-lab --notebook-dir notebooks $(LAB)

lint: $(READY) ## check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## measure against the peers and print the ratios
	@$(BIN)/python -m benchmarks

lock: $(READY) ## resolve the packages anew: the locks and environment.yml
	@echo uv | $(COMPILE) --upgrade --no-annotate --output-file requirements-uv.lock -
	@$(COMPILE) --upgrade --extra examples --extra test --extra bench --output-file requirements.lock pyproject.toml
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"], sep="\n")' \
	  | $(COMPILE) --upgrade --no-annotate --constraint requirements.lock --output-file requirements-spark.lock -
	@$(BIN)/python tools/environment.py > environment.yml

clean: ## remove the set-up and what tools cached; studies and reports stay
	rm -rf .venv build cxmodels.egg-info tests/assets/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find cxmodels tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock requirements-uv.lock pyproject.toml tools/set-up
	@tools/set-up

.venv/.spark: requirements-spark.lock $(READY)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --require-hashes -r requirements-spark.lock
	@touch $@

# axe-core finds accessibility faults in the pages; without npm the tests that use it are skipped and say so.
$(AXE): tests/assets/package-lock.json
	@if command -v npm > /dev/null; then \
	  npm ci --prefix tests/assets --ignore-scripts --no-audit --no-fund --silent && touch $@ \
	  || echo "cxmodels: npm could not install axe-core: the accessibility tests cannot run"; fi
