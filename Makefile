# Everything on a fresh machine: `make study` runs the default study, `make test` the tests.
# Needs Python 3.11 to 3.13 with its venv module, git and make.

PYTHON ?= python3
# uv of the system if there is one, else our own, which never touches the system.
UV := $(or $(shell command -v uv),.uv/bin/uv)
CORES ?= all
# Another Python, in an environment beside: make lint VENV=.venv-3.13 PYTHON=python3.13
VENV ?= .venv
SYNC = $(UV) sync --locked --inexact $(if $(filter-out file,$(origin PYTHON)),--python=$(PYTHON))
RUN := . $(VENV)/bin/activate &&
HTCONDOR_ROOT ?= /var/tmp/htcondor-debian

export UV_COMPILE_BYTECODE := 1
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: study report dag docs test test-quick test-long test-faults test-htcondor exactness calibration reproducible lint format environment clean-study help

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

study: $(VENV)/.users ## Run the default study
	@$(RUN) snakemake --cores $(CORES)
	@$(RUN) snakemake --quiet all --report results/dimuon/report.html
	@echo "Open results/dimuon/report.html."

report: $(VENV)/.users ## Write the default study's report, results/dimuon/report.html
	@$(RUN) snakemake --quiet all --report results/dimuon/report.html

dag: $(VENV)/.users ## Draw the rules of the default study into README.md
	@mkdir -p .snakemake
	@$(RUN) snakemake --forceall --rulegraph mermaid-js 2> .snakemake/dag.log | tr -d '\t' | awk '\
	  /\[/ { split($$0, node, /[][]/); name[node[1]] = node[2] } \
	  / --> / { split($$0, edge, " --> "); print "  " name[edge[1]] " --> " name[edge[2]] }' | \
	  sort | sed -e '1i```mermaid\nflowchart LR' -e '$$a```' > .snakemake/dag
	@sed -i -e '/^<!-- begin dag -->$$/,/^<!-- end dag -->$$/{//!d}' \
	  -e '/^<!-- begin dag -->$$/r .snakemake/dag' README.md

test: $(VENV)/.developers ## Run the tests
	@$(RUN) pytest -m "not long"

test-quick: $(VENV)/.developers ## Run the tests that run no workflow and no long training
	@$(RUN) pytest -m "not slow and not long"

test-long: $(VENV)/.developers ## Run the tests and their repetitions
	@$(RUN) pytest

test-faults: $(VENV)/.developers ## Break everything many times, and show how often (half an hour)
	@$(RUN) pytest tests/faults tests/remote

test-htcondor: | $(UV) ## Run a study on a real HTCondor: needs root, Debian's packages, 3 GB
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-htcondor $(UV) sync --locked --extra htcondor --group dev
	tests/cluster/condor-install.sh $(HTCONDOR_ROOT)
	HTCONDOR_ROOT=$(HTCONDOR_ROOT) .venv-htcondor/bin/pytest tests/cluster/check_htcondor.py

exactness: $(VENV)/.developers ## Interrupt everything, and write what came out into docs/exactness.md
	@$(RUN) python benchmarks/exactness.py --write

calibration: $(VENV)/.developers ## Check the diagnosis on cases of known truth, and write what came out into benchmarks/README.md
	@$(RUN) snakemake --cores $(CORES) --configfile config/grid.yaml -- diagnosis
	@$(RUN) snakemake --cores $(CORES) --configfile config/grid7.yaml -- diagnosis
	@$(RUN) python benchmarks/calibration.py --runs . --write \
	  $(if $(wildcard benchmarks/.venv/bin/python),--foreign benchmarks/.venv/bin/python)

reproducible: $(VENV)/.developers ## Run the default study under three instruction sets, and write what differs into benchmarks/README.md
	@$(RUN) python benchmarks/reproducible.py --write

lint: $(VENV)/.developers ## Check style, formatting and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) snakefmt --check .
	@$(RUN) mypy
	@$(RUN) snakemake --lint

format: $(VENV)/.developers ## Format everything
	@$(RUN) ruff format
	@$(RUN) snakefmt .

docs: $(VENV)/.writers ## Make the documentation's pages, docs/_build/index.html
	@$(RUN) sphinx-build -c docs -W --keep-going --quiet . docs/_build
	@echo "Open docs/_build/index.html."

environment: $(VENV)/.users ## Create the environment

clean-study: ## Remove the default study's results and logs
	rm -rf results/dimuon logs/dimuon

$(VENV)/.users: pyproject.toml uv.lock | $(UV)
	$(SYNC)
	@touch $@

$(VENV)/.developers: pyproject.toml uv.lock | $(UV)
	$(SYNC) --all-extras --no-extra htcondor --group dev
	@touch $@ $(VENV)/.users

$(VENV)/.writers: pyproject.toml uv.lock | $(UV)
	$(SYNC) --group docs
	@touch $@ $(VENV)/.users

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed. Received: %d.%d. Name another one: make PYTHON=python3.12 ..." % v)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python lacks its venv module: install it (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

UV_VERSION := 0.13.9
