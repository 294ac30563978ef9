# --- setup

LOCK ?= dev

# Targets are commands: they run in the given order, also with -j.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The tools of the environment are used from any shell, without activating it.
export VIRTUAL_ENV := $(abspath $(VENV))
export PATH := $(VIRTUAL_ENV)/bin:$(PATH)
unexport PYTHONHOME

# It shows on a terminal that a silent command still runs.
WAIT := sh scripts/setup/waiting.sh

.PHONY: help setup lock dev explore moved

setup: ## create the environment from the locks, prepare Git, DVC and hooks
	@sh scripts/setup/setup.sh $(PYTHON_VERSION) "$(VENV)" $(LOCK)
	@sh scripts/setup/hooks.sh $(LOCK)
	@. scripts/setup/isolate.sh; LABEL=tables $(WAIT) $(COMMAND) data setup
	@echo $(LOCK) > $(READY)
	@. scripts/setup/isolate.sh; LABEL=locks $(WAIT) $(COMMAND) check locks || true

lock: ## compile pyproject.toml to requirements/*.txt; ARGS=--upgrade takes newer pins
	@sh scripts/setup/lock.sh $(PYTHON_VERSION) "$(VENV)" $(ARGS)

# The file names the environment's lock. Newer locks, another place of the project, and a project that does
# not say yet which Python it has, make it again.
$(READY): $(filter-out requirements/python.txt,$(wildcard requirements/*.txt)) pyproject.toml
$(READY): $(shell [ -f requirements/python.txt ] && cd "$(VENV)" 2> /dev/null && \
	[ "$$(cat .path 2> /dev/null)" = "$$(pwd -P)" ] || echo moved)
	@$(MAKE) setup LOCK=$$(cat $(READY) 2> /dev/null || echo dev)

dev: $(READY)
	@grep -qxE 'dev|explore|spark' $(READY) || $(MAKE) setup LOCK=dev

explore: $(READY)
	@grep -qx explore $(READY) || $(MAKE) setup LOCK=explore

# A mistyped command is answered as any other mistake; strip-example removes an included file.
scripts/make/%.mk: ;

.DEFAULT:
	@echo "error: there is no $(if $(filter $@,$(MAKECMDGOALS)),command make $@: \`make\` lists \
	them,file $@: git checkout it)" >&2; exit 1
