# The tasks of the template's developers. Needs Python 3.11 or later, git and make; the rest is made here.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo demo-live test check check-template check-project fix audit lock bench pictures
MAKEFLAGS += --no-print-directory

PROJECT := {{cookiecutter.project_slug}}
SOURCES := hooks tests benchmarks docs tools
RENDER := .venv/bin/cookiecutter . --no-input --overwrite-if-exists project_slug=flight-delays
SETUP := $(PROJECT)/scripts/setup
DEMO := build/demo/flight-delays
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" $(ARGS)

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/locked ## Render the example project, train its model on real data, show how good it is
	@mkdir -p $(DEMO)
	@find $(DEMO) -mindepth 1 -maxdepth 1 ! -name .venv ! -name .dvc -exec rm -rf {} +
	@$(RENDER) --output-dir build/demo
	@$(MAKE) -C $(DEMO) setup LOCK=train
	@$(MAKE) -C $(DEMO) repro
	@printf '\nThe model on months it has never seen:\n'
	@cd $(DEMO) && PATH="$$PWD/.venv/bin:$$PATH" dvc metrics show
	@printf '\nThe project:  %s\nThe model:    %s\n\nTry next, in the project:\n' \
		$(DEMO) $(DEMO)/models/candidate/
	@printf '  %-38s %s\n' 'make' 'what else it can do' \
		'git add . && git commit -m "A model"' 'keep this state, to compare with it' \
		'edit params.yaml, then make repro' 'runs only what the change touches' \
		'.venv/bin/dvc metrics diff' 'what the change did'
	@printf '\nA project of your own: .venv/bin/cookiecutter %s --output-dir ..\n' "$(CURDIR)"
	@printf '\nHow good the model is, with pictures; open it in a browser:\n  %s\n' "$(CURDIR)/$(DEMO)/reports/report.html"

demo-live: ## After make demo: replay three months into its service, with a fault, and monitor
	@test -e $(DEMO)/models/candidate/reference.json || $(MAKE) demo
	@$(DEMO)/.venv/bin/python tools/demo_live.py $(DEMO)

test: .venv/locked ## Run every test, the cheapest first
	@.venv/bin/python tests/run.py $(TESTS)

check: check-template check-project ## Check lint, types and formatting, of the template and of a rendered project

check-template: .venv/locked
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/mypy $(SOURCES)
	@# The generated project's own rules apply; before rendering, its folder has no valid module name.
	.venv/bin/ruff check --no-cache --extend-ignore N999 '$(PROJECT)/src'
	.venv/bin/ruff format --no-cache --check '$(PROJECT)/src'
	@sh '$(PROJECT)/scripts/checks/secrets.sh'

check-project: .venv/locked
	@rm -rf build/check
	@$(RENDER) --output-dir build/check
	@.venv/bin/python tests/environments.py build/check/venv
	@MYPY_CACHE_DIR="$(CURDIR)/build/mypy-project" \
		$(MAKE) -C build/check/flight-delays setup check VENV="$(CURDIR)/build/check/venv"

audit: .venv/locked ## Look for licenses that are not allowed among the template's own tools
	@.venv/bin/python '$(PROJECT)/scripts/checks/licenses.py' build/licenses.md

fix: .venv/locked ## Fix lint and formatting, and write the checksums of what a project does not own
	.venv/bin/ruff check --fix $(SOURCES)
	.venv/bin/ruff format $(SOURCES)
	.venv/bin/ruff check --no-cache --fix --extend-ignore N999 '$(PROJECT)/src'
	.venv/bin/ruff format --no-cache '$(PROJECT)/src'
	@.venv/bin/python tools/checksums.py

lock: .venv/locked ## Compile every lock, own and shipped (ARGS=--upgrade: with newer versions)
	$(COMPILE) --group tools -o requirements/tools.txt
	$(COMPILE) --group dev -c requirements/tools.txt -o requirements/dev.txt
	@# Only what a project's environment lacks.
	$(COMPILE) --group onnx -c '$(PROJECT)/requirements/dev.txt' -o requirements/onnx.txt \
		$$(sed -n 's/==.*//p' '$(PROJECT)/requirements/dev.txt' | sort -u | sed 's/^/--no-emit-package /')
	@rm -rf build/lock
	@$(RENDER) --output-dir build/lock
	@$(MAKE) -C build/lock/flight-delays lock
	@cp build/lock/flight-delays/requirements/*.txt '$(PROJECT)/requirements/'
	@rm -f '$(PROJECT)/requirements/python.txt'

bench: demo ## Measure what the README claims, on the demo
	@$(DEMO)/.venv/bin/python benchmarks/scale.py $(DEMO)
	@$(DEMO)/.venv/bin/python benchmarks/gate.py $(DEMO)
	@$(DEMO)/.venv/bin/python benchmarks/leaks.py $(DEMO)
	@$(DEMO)/.venv/bin/python benchmarks/image.py $(DEMO)
	@$(DEMO)/.venv/bin/python benchmarks/batch.py $(DEMO) $(if $(DATABASE),--postgres $(DATABASE))
	@$(DEMO)/.venv/bin/python benchmarks/monitoring.py $(DEMO)
	@$(DEMO)/.venv/bin/python benchmarks/registry.py $(DEMO)

pictures: demo ## Draw the pictures of README and tour from the demo, with Chromium
	@.venv/bin/python docs/pictures.py

# The file marks a complete environment: an interrupted installation runs again.
.venv/locked: requirements/tools.txt requirements/dev.txt
	@git --version >/dev/null 2>&1 || { echo "error: git does not run: install it." >&2; exit 1; }
	@sh '$(SETUP)/venv.sh' 3.13 .venv requirements/tools.txt
	@sh '$(SETUP)/sync.sh' .venv requirements/tools.txt requirements/dev.txt
	@touch $@
