# The whole life of the project. On a machine with Python 3.11 and git, `make demo` and `make test` set everything up themselves.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
UV := $(shell command -v uv || echo .uv/bin/uv)
RUN := .venv/bin/
# Where a machine's shell says that no bytecode is written, each of the thousand processes of the tests compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE
UV_VERSION := 0.13.9

.PHONY: help setup demo test chaos fuzz test-page pictures test-resolvers test-cluster test-nodes lint bench docs clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: .venv/.done ## install the program at .venv/bin/k8snet, and all that the tests need

# uv goes into the project's own folder if the machine has none; --locked: what is installed is what uv.lock says.
.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.done: pyproject.toml uv.lock $(if $(filter .uv/%,$(UV)),.uv/bin/uv)
	$(UV) sync --locked --quiet --python $(PYTHON)
	touch $@

# ASK goes by the environment, as it was typed: neither make nor a shell reads what stands in it.
override ASK := $(value ASK)
export ASK
demo: setup ## five broken Services asked in a Slack that is not Slack, then its page; ASK="why user-service in shop" asks another
	$(RUN)python -m playground

test: setup ## everything that needs no cluster
	$(RUN)python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m "not cluster and not browser"

chaos: setup ## 1,000 questions by all doors while processes are killed, the store stops, is emptied, and Slack fails; some fifteen minutes
	$(RUN)python -m tests.chaos.run

fuzz: setup ## every property with thirty times the examples of `make test`, and 2,000 random Corefiles; twenty minutes
	$(RUN)python -m pytest -n auto --dist loadfile -m "hypothesis and not cluster and not browser" --hypothesis-profile=fuzz
	K8SNET_LIVE_CASES=1 $(RUN)python -m pytest -n auto tests/reader/test_live_cases.py tests/reader/test_live_rights.py tests/reader/test_live_triage.py
	$(RUN)python -m pytest -n auto --hypothesis-profile=fuzz tests/judge/test_names.py tests/language/test_places_of_a_sentence.py
	K8SNET_COREFILES=2000 $(RUN)python -m pytest -m cluster tests/live_cluster/test_corefiles.py

test-page: setup ## the playground's page in a real Chromium, and messages by Slack's own types; apt and npm bring both
	$(RUN)python -m tests.page.run

pictures: setup ## write the pictures of README and docs again, from the page itself
	$(RUN)python -m tests.page.run --pictures

test-resolvers: setup ## every resolver of docs/resolvers.md, the real ones, against a scripted nameserver; root and two minutes
	$(RUN)python -m tests.resolvers

test-cluster: setup ## what needs a real cluster: K8SNET_TEST_KUBECONFIG, else kind, else one built from Go modules, with nodes
	$(RUN)python -m tests.live_cluster.run

test-nodes: setup ## of these, the tests on two real nodes alone: faults with real traffic; root, writes docs/scorecard.md
	$(RUN)python -m tests.live_cluster.nodes.run

lint: setup ## ruff, mypy --strict, generated documents
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)python -m pytest tests/test_rooms.py tests/test_documents.py

bench: setup ## speed as ratios to floors, in clusters of 1,000 and 10,000 Services; AGAINST=REV ONLY=against: as ratios to that commit
	$(RUN)python -m bench $(if $(AGAINST),--against "$(AGAINST)") $(addprefix --only ,$(ONLY))

docs: setup ## write the generated documents again, and the index of checks
	$(RUN)python -m bot.commands.index bot/checks/index.json
	$(RUN)k8snet explain --all --to docs/checks
	$(RUN)python -m bot.commands.manual > docs/cli.md
	$(RUN)python -m bot.commands.modes docs/failure-modes.md
	$(RUN)python -m bot.commands.schemas docs/schemas
	$(RUN)python -m bot.commands.resolvers docs/resolvers.md

clean: ## remove what setup made
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache
