.DEFAULT_GOAL := help
SHELL := /bin/bash
export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1

COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header

# The packages of algorithms whose tests are tested by `make mutants`.
MUTATED := aggregation certification

.PHONY: help demo serve test check bench mutants format screenshots locks clean distclean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.runtime ## Run the sample engagement and open the workspace (WITH_ME=1 leaves you some work)
	.venv/bin/peritus demo --serve $(if $(WITH_ME),--with-me)

serve: .venv/.runtime ## Start the workspace on what is there
	.venv/bin/peritus serve

test: .venv/.dev ## Set up, then run every test, on PostgreSQL too where one is reached
	@scripts/run_tests.sh

check: .venv/.dev ## Format, lint, types, import order, dead code, dependencies, migrations, locks
	@scripts/run_checks.sh

format: .venv/.dev ## Put the code into its one form
	.venv/bin/ruff check --fix --exit-zero --quiet .
	.venv/bin/ruff format --quiet .

screenshots: .venv/.dev ## Take the pictures in docs/ again
	PERITUS_CHROMIUM="$$(scripts/find_chromium.sh)" .venv/bin/python scripts/take_screenshots.py

locks: .venv/.dev ## Write the lock files again from pyproject.toml (UPGRADE=1 takes new releases)
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build -o requirements.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --group dev --extra pg --extra fast --extra models \
		-c requirements.lock -o requirements-dev.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group build --group dev --group bench \
		--extra pg --extra fast --extra models -c requirements-dev.lock -o requirements-bench.lock
	$(COMPILE) $(if $(UPGRADE),--upgrade) --group uv -o requirements-uv.lock
	.venv/bin/python scripts/check_locks.py

bench: .venv/.bench ## Run every benchmark and write docs/benchmarks.md (ONLY=name runs one)
	.venv/bin/python -m benchmarks $(ONLY)

mutants: .venv/.dev ## Change the algorithms one spot at a time: do their tests notice? (ONLY=aggregation)
	@scripts/run_mutants.sh $(or $(ONLY),$(MUTATED))

clean: ## Remove caches and built files; the environment and the data stay
	rm -rf build dist mutants .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests scripts -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove the environment too
	rm -rf .venv

# A stamp is younger than what was installed for it, so a second run does nothing.
.venv/.runtime: requirements.lock pyproject.toml
	@scripts/install.sh requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml
	@scripts/install.sh requirements-dev.lock
	@touch $@ .venv/.runtime

.venv/.bench: requirements-bench.lock pyproject.toml
	@scripts/install.sh requirements-bench.lock
	@touch $@ .venv/.dev .venv/.runtime
