# Needs make, git and Python 3.11 or later; everything else comes into .venvs/, by hash, with pip alone.
#
#   make demo                    the receipt of an example cart, with nothing but the library installed
#   make demo LOCALE=zh_CN       the same in Chinese
#   make test                    tests and doctests, and a list of what was left out
#   make help                    everything else

PYTHON ?= $(shell sh scripts/python.sh || echo python3)
PYTHON := $(PYTHON)
WORKERS ?= 2
REPORT ?= build/reports/tests.xml

# One set of environments for each version of Python. Each is made anew when its requirements change.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENVS := .venvs/$(VERSION)
BUILD := $(VENVS)/build
RUNTIME := $(VENVS)/runtime
TEST := $(VENVS)/test
CI := $(VENVS)/ci
GATEWAYS := $(VENVS)/gateways
TYPING := $(VENVS)/typing
STORE := $(VENVS)/store
WEB := $(VENVS)/web
PLAYGROUND := $(VENVS)/playground
SALESMAN := $(VENVS)/salesman
OSCAR := $(VENVS)/oscar
OSCAR_NEWEST := $(VENVS)/oscar-newest
DJANGO := $(VENVS)/django
DJANGO_NEWEST := $(VENVS)/django-newest
AGENTS := $(VENVS)/agents
CHARTS := $(VENVS)/charts
SPARK := $(VENVS)/spark
ARCHIVE := $(VENVS)/archive
SERVE := $(VENVS)/serve
SHOP := $(VENVS)/shop
SHOP_TEST := $(VENVS)/shop-test
WHEEL := $(VENVS)/wheel
LOWEST := $(VENVS)/lowest
NEWEST := $(VENVS)/newest

PIP := -m pip -qq --disable-pip-version-check --no-input
PYTEST := -m pytest -ra -n $(WORKERS) --junitxml=$(REPORT)
EDITABLE := $(PIP) install --no-index --no-deps --no-build-isolation --editable .

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help python demo test pytest thorough soak many soak-store fuzz lowest newest mutants browser store stores gateways web salesman shop django shop-test oscar oscar-newest django-newest django-stores agents charts spark archive serve-test shop-browser ledgers coverage lint format types typing docs docs-serve playground playground-test publish signatures translate translated notebooks wheel dist lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | sort | awk -F '\t' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(RUNTIME)/.installed dist ## settle examples/mall-cart.json and print the receipt (LOCALE=zh_CN, LOCALE=zh_TW)
	@$(RUNTIME)/bin/python $(PIP) install --no-index --no-deps --force-reinstall dist/*.whl
	@$(RUNTIME)/bin/settlement settle examples/mall-cart.json --format text $(if $(LOCALE),--locale $(LOCALE))

test: pytest ## run the tests and all doctests, then say what was left out
	@$(TEST)/bin/python scripts/left_out.py

pytest: $(TEST)/.editable ## run the tests and all doctests
	@mkdir -p $(dir $(REPORT))
	$(TEST)/bin/python $(PYTEST) $(ARGS)

thorough: $(TEST)/.editable ## run the tests that draw examples with all of them; `make test` draws a sixth
	@mkdir -p $(dir $(REPORT))
	EXAMPLES=all $(TEST)/bin/python $(PYTEST) $(shell grep -rlE 'hypothesis|thorough' tests --include='test_*.py' --exclude=test_fuzzed.py) $(ARGS)

soak: $(TEST)/.editable $(SERVE)/.editable ## hold many more random requests to the slow reference and to every set of coupons, a million rows to being killed, a server to five minutes of load (hours)
	@mkdir -p $(dir $(REPORT))
	EXAMPLES=all SETTLEMENT_SEARCH_REQUESTS=10000 SETTLEMENT_EXTENSION_REQUESTS=10000 SETTLEMENT_DIFFERENTIAL_REQUESTS=10000 SETTLEMENT_SPLIT_REQUESTS=100000 SETTLEMENT_INVOICE_REQUESTS=10000 SETTLEMENT_BOOKS_REQUESTS=10000 SETTLEMENT_BATCH_REQUESTS=1000000 \
	  $(TEST)/bin/python $(PYTEST) $(shell grep -rlE 'REQUESTS' tests --include='test_*.py') $(ARGS)
	SETTLEMENT_SERVE_SECONDS=300 $(SERVE)/bin/python -m pytest -ra -m serve tests/ext/serve/test_load.py

many: $(TEST)/.editable ## settle a hundred thousand rows, killed thrice, and hold them to a run that nothing befell; run a notebook on ten thousand orders
	@mkdir -p $(dir $(REPORT))
	SETTLEMENT_BATCH_REQUESTS=100000 $(TEST)/bin/python -m pytest -ra -m "tenth or not tenth" tests/batch/test_killed.py tests/test_notebook.py::test_a_tenth_of_the_orders_leads_to_the_same_recommendation --junitxml=$(REPORT) $(ARGS)

soak-store: $(STORE)/.editable ## kill the store's writers three hundred times on each database
	@mkdir -p $(dir $(REPORT))
	SETTLEMENT_STORE_KILLS=300 bash scripts/stores.sh $(STORE)/bin/python -m pytest -ra --junitxml=$(REPORT) -m store tests/ext/store/test_killed.py $(ARGS)

fuzz: $(TEST)/.editable ## hold other examples to the laws each time, five times as many
	@mkdir -p $(dir $(REPORT))
	EXAMPLES=anew $(TEST)/bin/python $(PYTEST) $(shell grep -rlE '@given' tests --include='test_*.py' --exclude=test_fuzzed.py) $(ARGS)

lowest: $(LOWEST)/.editable ## run the tests with the lowest versions that pyproject.toml allows the library
	@$(LOWEST)/bin/python $(PIP) install --require-hashes -r requirements/lowest.txt
	@mkdir -p $(dir $(REPORT))
	$(LOWEST)/bin/python $(PYTEST) $(ARGS)

newest: $(NEWEST)/.editable ## run the tests with the newest versions that there are now of what the library needs
	@$(NEWEST)/bin/python $(PIP) install --upgrade --upgrade-strategy eager --no-build-isolation --editable .
	@mkdir -p $(dir $(REPORT))
	$(NEWEST)/bin/python $(PYTEST) $(ARGS)

mutants: $(TEST)/.editable ## change the modules that place money, line by line, and say what no test finds (MODULES="receipts/recheck refunds/history")
	@$(TEST)/bin/python scripts/mutants.py --workers $(WORKERS) $(MODULES)

browser: $(TEST)/.editable ## render the report in headless Chromium (a system package)
	@mkdir -p $(dir $(REPORT))
	$(TEST)/bin/python -m pytest -ra -m browser tests/browser --junitxml=$(REPORT)

store: $(STORE)/.editable ## hold the store to its promises on SQLite (needs nothing but pip)
	@mkdir -p $(dir $(REPORT))
	$(STORE)/bin/python $(PYTEST) -m store tests/ext/store $(ARGS)

stores: $(STORE)/.editable ## the same on PostgreSQL and MariaDB too (system packages), one test at a time
	@mkdir -p $(dir $(REPORT))
	bash scripts/stores.sh $(STORE)/bin/python -m pytest -ra --junitxml=$(REPORT) -m store tests/ext/store $(ARGS)

ledgers: $(TEST)/.editable ## have hledger check journals of everything (a system package)
	@mkdir -p $(dir $(REPORT))
	$(TEST)/bin/python -m pytest -ra -m hledger tests/audit/books --junitxml=$(REPORT)

gateways: $(GATEWAYS)/.editable ## hold the adapters of payment providers, and encryption, to their libraries (an environment of their own)
	@mkdir -p $(dir $(REPORT))
	EXAMPLES=third $(GATEWAYS)/bin/python -m pytest -ra -m gateways tests/ext/gateways tests/ext/crypto --junitxml=$(REPORT)

web: $(WEB)/.editable ## call the FastAPI router as a shop does, and with whatever its schema allows (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(WEB)/bin/python -m pytest -ra -m web tests/ext/fastapi --junitxml=$(REPORT) $(ARGS)

salesman: $(SALESMAN)/.editable ## buy in a shop on django-salesman, over HTTP (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(SALESMAN)/bin/python -m pytest -ra -m salesman tests/ext/salesman --junitxml=$(REPORT) $(ARGS)

oscar: $(OSCAR)/.editable ## buy in a shop on django-oscar, over HTTP (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(OSCAR)/bin/python -m pytest -ra -m oscar tests/ext/oscar --junitxml=$(REPORT) $(ARGS)

oscar-newest: $(OSCAR_NEWEST)/.editable ## the same with the newest Django, which needs Python 3.12 or later
	@mkdir -p $(dir $(REPORT))
	$(OSCAR_NEWEST)/bin/python -m pytest -ra -m oscar tests/ext/oscar --junitxml=$(REPORT) $(ARGS)

django: $(DJANGO)/.editable ## hold fields, admin and REST fields to Django's long-term version, on SQLite (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(DJANGO)/bin/python -m pytest -ra -m django tests/ext/django --junitxml=$(REPORT) $(ARGS)

django-newest: $(DJANGO_NEWEST)/.editable ## the same with the newest Django, which needs Python 3.12 or later
	@mkdir -p $(dir $(REPORT))
	$(DJANGO_NEWEST)/bin/python -m pytest -ra -m django tests/ext/django --junitxml=$(REPORT) $(ARGS)

django-stores: $(DJANGO)/.editable ## the same with the long-term one, on PostgreSQL and MariaDB (system packages)
	bash scripts/stores.sh sh -c 'for url in $$SETTLEMENT_STORES; do SETTLEMENT_DJANGO=$$url $(DJANGO)/bin/python -m pytest -ra -m django tests/ext/django --ignore=tests/ext/django/test_page.py $(ARGS) || exit 1; done'

agents: $(AGENTS)/.editable ## buy as a shopping agent does, held to UCP's conformance checks, and call the tools over MCP (an environment of their own)
	@mkdir -p $(dir $(REPORT))
	$(AGENTS)/bin/python -m pytest -ra -m agents tests/ext/ucp tests/ext/acp tests/ext/ap2 tests/ext/mcp --junitxml=$(REPORT) $(ARGS)

charts: $(CHARTS)/.editable ## draw the pictures of what-if, and look at its page in headless Chromium where there is one
	@mkdir -p $(dir $(REPORT))
	$(CHARTS)/bin/python -m pytest -ra -m charts tests/audit/what_if --junitxml=$(REPORT) $(ARGS)

spark: $(SPARK)/.editable ## settle a frame of Spark in local mode, and hold it to one machine (an environment of its own; Java 17, a system package)
	@mkdir -p $(dir $(REPORT))
	$(SPARK)/bin/python -m pytest -ra -m spark tests/ext/spark --junitxml=$(REPORT) $(ARGS)

archive: $(ARCHIVE)/.editable ## add an archive up by DuckDB, Polars and pandas (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(ARCHIVE)/bin/python -m pytest -ra -m archive tests/batch --junitxml=$(REPORT) $(ARGS)

serve-test: $(SERVE)/.editable ## start `settlement serve` and load it for half a minute, its rules swapped each second (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(SERVE)/bin/python -m pytest -ra -m serve tests/ext/serve --junitxml=$(REPORT) $(ARGS)

PORT ?= 8000
DATABASE ?= build/shop.db

shop: $(SHOP)/.installed ## serve the example shop (PORT=8000, DATABASE=an SQLite file or a URL), until Ctrl-C
	@mkdir -p build
	@PORT=$(PORT) DATABASE="$(DATABASE)" PYTHONPATH=src:examples exec $(SHOP)/bin/python -m shop

shop-test: $(SHOP_TEST)/.installed ## call the example shop over HTTP, with wrong input too (an environment of its own)
	@mkdir -p $(dir $(REPORT))
	PYTHONPATH=src $(SHOP_TEST)/bin/python -m pytest -ra -m shop tests/shop --junitxml=$(REPORT) $(ARGS)

shop-browser: $(SHOP_TEST)/.installed ## buy in the example shop with Chromium, on a phone and a desktop
	@mkdir -p $(dir $(REPORT))
	PYTHONPATH=src $(SHOP_TEST)/bin/python -m pytest -ra -m shop_browser tests/shop --junitxml=$(REPORT) $(ARGS)

# The tests of the four modules themselves, in one process: elsewhere tests trace or start processes of their own.
CORE_TESTS := tests/test_money.py tests/test_allocation.py tests/documents/test_region.py tests/documents/test_postcode.py tests/engine/test_settle.py tests/test_money_currencies.py tests/documents/test_document.py tests/conformance
coverage: $(TEST)/.editable ## run the tests and hold the modules that place money to 100 % of branches
	@$(TEST)/bin/python -m coverage erase
	$(TEST)/bin/python -m coverage run -m pytest -q $(CORE_TESTS)
	@$(TEST)/bin/python -m coverage combine --quiet
	@$(TEST)/bin/python -m coverage report
	@for module in money.py allocation.py documents/region.py engine/settle.py; do \
	  $(TEST)/bin/python -m coverage report --fail-under=100 --include="src/settlement/$$module" || exit 1; done

lint: $(CI)/.editable ## check style
	$(CI)/bin/python -m ruff format --check . && formatted=true; \
	  $(CI)/bin/python -m ruff check . && $${formatted:-false}

format: $(CI)/.editable ## put the style right where a program can
	$(CI)/bin/python -m ruff format .
	$(CI)/bin/python -m ruff check --fix .

types: $(CI)/.editable ## check types, strictly
	$(CI)/bin/python -m mypy

typing: $(TYPING)/.editable ## four type checkers over README, docs/, examples and tests/typing, as users run them (CHECKERS="mypy ty")
	$(TYPING)/bin/python scripts/typing_blocks.py $(CHECKERS)

docs: $(CI)/.editable ## build the documentation into build/docs, running its notebooks; a warning is an error
	$(CI)/bin/python -m sphinx -W --keep-going -q -E -b html -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

docs-serve: $(CI)/.editable ## serve build/docs on this machine alone (PORT=8000): the playground needs http://
	@$(CI)/bin/python scripts/serve_docs.py

playground: $(RUNTIME)/.installed ## fetch Python for the browser, each file checked by its hash; then `make docs` puts it into the site (needs npm)
	@$(RUNTIME)/bin/python scripts/playground.py

playground-test: $(PLAYGROUND)/.editable playground ## drive the playground in headless Chromium (a system package; an environment of its own)
	@mkdir -p $(dir $(REPORT))
	$(PLAYGROUND)/bin/python -m pytest -ra -m playground tests/browser --junitxml=$(REPORT) $(ARGS)

publish: $(TEST)/.editable ## write the published schemas, examples, fields and vectors anew
	@$(TEST)/bin/python scripts/publish.py

signatures: $(TEST)/.editable ## write into each class of documents how it is made, for type checkers
	@$(TEST)/bin/python scripts/signatures.py

translate: $(TEST)/.editable ## collect the texts of the sources into the catalogues, and list what has no translation
	@$(TEST)/bin/python scripts/translate.py

translated: $(TEST)/.installed ## list Chinese pages that are older than their source (PAGES="store how-to/batch": these were looked at)
	@$(TEST)/bin/python scripts/translated.py $(PAGES)

notebooks: $(TEST)/.editable ## execute the example notebooks and store what they show
	@$(TEST)/bin/python scripts/notebooks.py

wheel: $(TEST)/.editable dist ## install the wheel into an empty environment and compare what it settles
	@rm -rf $(WHEEL)
	@$(PYTHON) -m venv $(WHEEL)
	@$(WHEEL)/bin/python $(PIP) install --require-hashes -r requirements/runtime.txt
	@$(WHEEL)/bin/python $(PIP) install --no-index --no-deps dist/*.whl
	@$(WHEEL)/bin/python -m pip check
	bash scripts/wheel_test.sh $(WHEEL) $(TEST) dist/*.whl

dist: $(BUILD)/.installed
	@rm -rf dist
	@$(BUILD)/bin/python $(PIP) wheel --no-index --no-deps --no-build-isolation --wheel-dir dist .

lock: ## write requirements/*.txt anew (ARGS=--upgrade takes the newest of everything)
	PYTHON=$(PYTHON) bash scripts/lock.sh $(ARGS)

clean: ## remove everything that make made
	rm -rf .venvs build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find benchmarks docs src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "settlement needs Python 3.11 or later; '$(PYTHON)' is not. Name one: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: it lacks venv or ensurepip (on Debian: python3-venv)." >&2; exit 1; }

$(BUILD)/.installed: requirements/build.txt
$(RUNTIME)/.installed: requirements/runtime.txt
$(TEST)/.installed $(LOWEST)/.installed $(NEWEST)/.installed: requirements/test.txt
$(CI)/.installed: requirements/ci.txt
$(GATEWAYS)/.installed: requirements/gateways.txt
$(TYPING)/.installed: requirements/typing.txt
$(STORE)/.installed: requirements/store.txt
$(WEB)/.installed: requirements/web.txt
$(PLAYGROUND)/.installed: requirements/playground.txt
$(SALESMAN)/.installed: requirements/salesman.txt
$(OSCAR)/.installed: requirements/oscar.txt
$(OSCAR_NEWEST)/.installed: requirements/oscar-newest.txt
$(DJANGO)/.installed: requirements/django.txt
$(DJANGO_NEWEST)/.installed: requirements/django-newest.txt
$(AGENTS)/.installed: requirements/agents.txt
$(CHARTS)/.installed: requirements/charts.txt
$(SPARK)/.installed: requirements/spark.txt
$(ARCHIVE)/.installed: requirements/archive.txt
$(SERVE)/.installed: requirements/serve.txt
$(SHOP)/.installed: requirements/shop.txt
$(SHOP_TEST)/.installed: requirements/shop-test.txt

$(BUILD)/.installed $(RUNTIME)/.installed $(TEST)/.installed $(CI)/.installed $(GATEWAYS)/.installed $(TYPING)/.installed $(STORE)/.installed $(WEB)/.installed $(PLAYGROUND)/.installed $(SHOP)/.installed $(DJANGO)/.installed $(SALESMAN)/.installed $(OSCAR)/.installed $(OSCAR_NEWEST)/.installed $(DJANGO_NEWEST)/.installed $(AGENTS)/.installed $(CHARTS)/.installed $(SPARK)/.installed $(ARCHIVE)/.installed $(SERVE)/.installed $(SHOP_TEST)/.installed $(LOWEST)/.installed $(NEWEST)/.installed: | python
	@echo "Preparing $(@D)" >&2
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(PIP) install --require-hashes -r $<
	@touch $@

$(TEST)/.editable $(CI)/.editable $(GATEWAYS)/.editable $(TYPING)/.editable $(STORE)/.editable $(WEB)/.editable $(PLAYGROUND)/.editable $(DJANGO)/.editable $(SALESMAN)/.editable $(OSCAR)/.editable $(OSCAR_NEWEST)/.editable $(DJANGO_NEWEST)/.editable $(AGENTS)/.editable $(CHARTS)/.editable $(SPARK)/.editable $(ARCHIVE)/.editable $(SERVE)/.editable $(LOWEST)/.editable $(NEWEST)/.editable: %/.editable: %/.installed pyproject.toml
	@$(@D)/bin/python $(EDITABLE)
	@touch $@

# What a settlement costs: docs/performance.md says what each number means.
PEERS := $(VENVS)/peers
.PHONY: bench bench-check bench-peers bench-serve bench-spark bench-store

bench: $(RUNTIME)/.installed ## measure in ratios to the least that the sums need (ARGS=--quick)
	@PYTHONPATH=src $(RUNTIME)/bin/python benchmarks/run.py $(ARGS)

bench-store: $(STORE)/.installed ## measure the store on SQLite: placing, and a page of a million orders
	@PYTHONPATH=src $(STORE)/bin/python benchmarks/run.py --only store --orders 1000000 $(ARGS)

bench-spark: $(SPARK)/.installed ## measure a row of a frame of Spark, in CPU time
	@PYTHONPATH=src $(SPARK)/bin/python benchmarks/spark.py $(ARGS)

bench-serve: $(SERVE)/.installed ## what a request costs `settlement serve`, beside the library in one process
	@PYTHONPATH=src $(SERVE)/bin/python benchmarks/serving.py

bench-check: $(RUNTIME)/.installed ## count instructions, with valgrind, and fail where settling became dearer
	@PYTHONPATH=src $(RUNTIME)/bin/python benchmarks/check.py $(ARGS)

bench-peers: $(PEERS)/.installed ## measure other shops' engines on the same carts (needs npm and node)
	@PYTHONPATH=src $(PEERS)/bin/python benchmarks/peers/compare.py $(PEERS) $(ARGS)

$(PEERS)/.installed: requirements/runtime.txt benchmarks/peers/requirements.txt benchmarks/peers/package.json | python
	@echo "Preparing $(@D)" >&2
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python $(PIP) install --require-hashes -r requirements/runtime.txt
	@$(@D)/bin/python $(PIP) install -r benchmarks/peers/requirements.txt
	@cp benchmarks/peers/package.json $(@D)
	@npm install --prefix $(@D) --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@
