# The commands of the portal; `make` alone lists them. What takes more than a line stands in tools/.

PYTHON ?=
SIZE ?= small
ROUNDS ?= 20
RECIPIENTS ?= 20000
WORKERS ?= 3
BIN := .venv/bin
# Where no bytecode is wanted beside the sources, that of the tests is kept for the next run all the same.
COMPILED := $(if $(PYTHONDONTWRITEBYTECODE),PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/build/bytecode)
FLASK := $(BIN)/flask --app wsgi

export PYTHON BIN

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test sure format formatted lint types imports templates migrations documented docs \
	worker migrate demo hostile crash bench look lock vendor runtime development

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: runtime ## Set everything up, then serve the shop and its worker until Ctrl-C (PORT=8000)
	@tools/run.sh

test: development ## Set everything up, then run every test (TESTS=tests/accounts for some, EVERY=1 with every attack, WORKERS=3)
	@tools/test_needs.sh
	@$(COMPILED) PORTAL_TEST_WHOLE=1 $(if $(EVERY),PORTAL_TEST_EVERY_ATTACK=1) $(BIN)/pytest -n $(WORKERS) $(TESTS)

sure: formatted lint types imports templates migrations documented test ## Run every check, then every test

format: development ## Put the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

formatted: development ## Check the form of the code
	@$(BIN)/ruff format --check .

lint: development ## Check the code against every rule of ruff
	@$(BIN)/ruff check .

types: development ## Check the types
	@$(BIN)/mypy

imports: development ## Check who imports whom
	@$(BIN)/lint-imports

templates: development ## Check the templates
	@$(BIN)/djlint --lint --quiet templates

migrations: development ## Check that migrations make what the models say
	@tools/migrations.sh

documented: development ## Check that the generated pages are up to date
	@$(BIN)/python tools/docs.py --check

docs: development ## Write the generated pages
	@$(BIN)/python tools/docs.py

worker: runtime ## Run a worker alone
	@$(FLASK) worker

migrate: runtime ## Bring the database up to date
	@$(FLASK) db upgrade

demo: runtime migrate ## Load the demo shop
	@$(FLASK) demo load

hostile: development ## Attack the portal, then spoil it line by line and see the tests notice
	@tools/test_needs.sh
	@$(BIN)/python -m tools.hostile

crash: development ## Kill senders, mail server and database in the middle of campaigns (ROUNDS=20 RECIPIENTS=20000)
	@tools/test_needs.sh
	@$(BIN)/python -m tools.crash $(ROUNDS) $(RECIPIENTS)

bench: development ## Measure (SIZE=1000000 for a big shop, ON=postgresql for that alone)
	@$(BIN)/python -m bench $(SIZE) $(if $(ON),--on $(ON))

look: development ## Take pictures of every page into build/pictures and let axe look for mistakes
	@tools/test_needs.sh
	@$(BIN)/python -m tools.look

lock: development ## Lock the dependencies again (UPGRADE=1 for newer ones)
	@tools/lock.sh

vendor: ## Fetch what static/vendor holds, again
	@tools/vendor.sh

runtime:
	@tools/environment.sh requirements.txt

development:
	@tools/environment.sh requirements.txt requirements-dev.txt
