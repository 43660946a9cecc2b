# One verb an intent. Needs make, git and Python 3.11, 3.12 or 3.13; installs the rest into .venv from the locks.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
DATE ?=
DAYS ?=
DAY ?=
ATHENA ?=
# One more than two cores: whole executions also wait. Four are faster, but tests that wait have failed with them.
WORKERS ?= 3
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
unexport PYTHONDONTWRITEBYTECODE  # .venv is this project's own: each process would compile what it imports anew

.PHONY: help demo test soak test-dates test-date mutants check fix bench conformance conformance-all review locks artifacts clean

help: ## what each verb does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: .venv/run ## run one day end to end on the embedded AWS (DATE=YYYY-MM-DD or tomorrow for another day, DAYS=2 for two in a row, ATHENA=trino for the real Trino)
	@$(BIN)/python -m local demo $(if $(DATE),--date $(DATE)) $(if $(DAYS),--days $(DAYS)) $(if $(ATHENA),--athena $(ATHENA))

test: check ## check, then every test but those of soak
	@$(BIN)/python -m pytest -n $(WORKERS)

soak: .venv/dev ## the tests that take longer: many cases (faults, kills, damaged objects, weeks of days), and whole executions and programs (demo, benchmarks, Chromium)
	@$(BIN)/python -m pytest -n $(WORKERS) -m "(soak or slow) and not long"

check: .venv/dev ## format, lint and types
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --num-workers 2 || { test $$? -eq 2 && $(BIN)/mypy; }  # its workers have three seconds to start
	@$(BIN)/python -m tests.statemachine.lint

fix: .venv/dev ## format, and mend what the linter can
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

bench: .venv/dev ## the measures of the README, as a table and in .local/bench.json (DAY=all: the transform and its peers over other data)
	@$(BIN)/python -m bench $(if $(DAY),--day $(DAY))

conformance: .venv/dev ## the program against the real parts that this machine has: a line per part, or why it is skipped
	@$(BIN)/python -m conformance

conformance-all: .venv/dev ## the same with the long parts: builds Pulumi's engine once, tries every configuration key
	@$(BIN)/python -m conformance --all

test-dates: .venv/dev ## the tests that ask for the date, at six other dates (DATES="leap-day clock-back" for some)
	@$(BIN)/python -m tests.dates --workers $(WORKERS) $(DATES)

test-date: .venv/dev ## the same at the one of the six that the commit chooses: CI
	@$(BIN)/python -m tests.dates --workers $(WORKERS) --of-commit

mutants: .venv/mutants/done .venv/dev ## which changes of a module no test notices (MODULES=functions/… or those changed since the last release)
	@$(BIN)/python -m tests.mutants --workers $(WORKERS) $(MODULES)

review: .venv/review/done .venv/policy/done .venv/dev ## cfn-lint, checkov and the policy pack over the stacks; zizmor and actionlint over the workflows
	@$(BIN)/python -m tests.policy.review
	@.venv/review/bin/zizmor --offline --quiet --persona=pedantic .github/workflows
	@if command -v go >/dev/null; then go run $(ACTIONLINT) && echo "actionlint has nothing to say."; \
		else echo "actionlint was skipped: there is no go on the PATH."; fi

locks: .venv/dev ## resolve the *.in files again into locks with hashes
	@for lock in requirements requirements-dev requirements-setup; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header $$lock.in --output-file $$lock.txt; done
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --constraint requirements.txt \
		requirements-browse.in --output-file requirements-browse.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		bench/requirements.in --output-file bench/requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --constraint requirements-dev.txt \
		requirements-mutants.in --output-file requirements-mutants.txt
	@for tool in requirements-review policy/requirements; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header $$tool.in --output-file $$tool.txt; done
	@for folder in functions/*/requirements.in; do \
		$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --constraint requirements.txt \
			$$folder --output-file $${folder%.in}.txt; done

artifacts: .venv/dev ## build each Lambda's zip and layer into .local/artifacts (ARCHITECTURE=arm64 or x86_64 for one)
	@$(BIN)/python -m infra.packaging.artifacts $(ARCHITECTURE)

clean: ## remove the environment and the local state
	rm -rf .venv .local

.venv/bin/uv: requirements-setup.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 on the PATH. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "$(PYTHON) cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.txt
	@touch $@

.venv/bin/ops: | .venv/bin/uv
	@ln -sf ../../ops/bin/ops $@

.venv/run: .venv/bin/uv requirements.txt | .venv/bin/ops
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@ln -sf $(foreach kind,py pth,../../../../tests/dates/shifted_clock.$(kind)) .venv/lib/python3.*/site-packages/
	@touch $@

.venv/mutants/done: .venv/bin/uv requirements-mutants.txt
	@rm -rf $(@D)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target $(@D) --require-hashes -r requirements-mutants.txt
	@touch $@

.venv/review/done: .venv/bin/uv requirements-review.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/review
	@$(BIN)/uv pip install --quiet --python .venv/review/bin/python --require-hashes -r requirements-review.txt
	@touch $@

.venv/policy/done: .venv/bin/uv policy/requirements.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/policy
	@$(BIN)/uv pip install --quiet --python .venv/policy/bin/python --require-hashes -r policy/requirements.txt
	@touch $@
