# --- checks

.PHONY: check fix test audit docs

check: dev docs ## check code, architecture, notebooks, secrets, locks, data, cards, docs
	@ruff check .
	@ruff format --check .
	@$(WAIT) mypy
	@$(WAIT) lint-imports --no-logo --no-cache
	@$(WAIT) nbstripout --verify $$(find notebooks -name "*.ipynb" ! -path "*/.*")
	@LABEL=secrets $(WAIT) sh scripts/checks/secrets.sh
	@LABEL=history $(WAIT) sh scripts/checks/history.sh
	@$(COMMAND) check

fix: dev ## fix formatting, imports and notebook outputs
	@ruff check --fix .
	@ruff format .
	@nbstripout $$(find notebooks -name "*.ipynb" ! -path "*/.*")

test: dev ## run the tests
	@pytest

audit: dev ## look for known vulnerabilities and licenses that are not allowed
	@LABEL=audit $(WAIT) sh scripts/checks/audit.sh

docs: dev ## build the site of README, docs/ and docstrings into build/site
	@NO_MKDOCS_2_WARNING=1 $(WAIT) mkdocs build --strict --quiet --config-file .mkdocs.yml
	@echo build/site/index.html
