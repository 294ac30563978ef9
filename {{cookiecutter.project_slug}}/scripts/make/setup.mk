# --- setup

LOCK ?= dev

# Targets are commands: with -j, too, they run in the order in which they are given.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The tools of the environment are used from any shell, without activating it.
export VIRTUAL_ENV := $(abspath $(VENV))
export PATH := $(VIRTUAL_ENV)/bin:$(PATH)
unexport PYTHONHOME

.PHONY: help setup lock dev moved

setup: ## make the environment from the locks, prepare Git, DVC and hooks; repeat at will
	@sh scripts/setup/setup.sh $(PYTHON_VERSION) "$(VENV)" $(LOCK)
	@sh scripts/setup/hooks.sh $(LOCK)
	@. scripts/setup/isolate.sh; $(COMMAND) data setup
	@echo $(LOCK) > $(READY)
	@. scripts/setup/isolate.sh; $(COMMAND) check locks || true

lock: ## compile pyproject.toml to requirements/*.txt; ARGS=--upgrade takes newer versions
	@sh scripts/setup/lock.sh $(PYTHON_VERSION) "$(VENV)" $(ARGS)

# The file says of which lock the environment is made; it is made again for newer locks and in another place.
$(READY): $(filter-out requirements/python.txt,$(wildcard requirements/*.txt)) pyproject.toml
$(READY): $(shell cd "$(VENV)" 2> /dev/null && [ "$$(cat .path 2> /dev/null)" = "$$(pwd -P)" ] || echo moved)
	@$(MAKE) setup LOCK=$$(cat $(READY) 2> /dev/null || echo dev)

dev: $(READY)
	@grep -qx dev $(READY) || $(MAKE) setup LOCK=dev
