# --- pipeline

.PHONY: repro pull push notebook experiment compare

repro: $(READY) ## fetch missing and overdue tables, then run the stale stages of dvc.yaml
	@$(COMMAND) data refresh
	@dvc repro
	@test -z "$$(git status --porcelain)" || \
		echo "Next: read reports/gate.md, then keep this state: git add . && git commit"

pull: $(READY) ## fetch data and models from DVC's remote
	@sh scripts/setup/transfer.sh pull

push: $(READY) ## push data and models to DVC's remote
	@sh scripts/setup/transfer.sh push

notebook: dev ## explore, in JupyterLab
	@jupyter lab --notebook-dir notebooks

# The stages after evaluate may refuse a model, and DVC keeps no experiment that failed.
# A queued one runs in a copy of the project. PYTHONPATH is relative, so that it imports the copy's sources
# and not the edited ones here; requirements/python.txt is copied by name, because Git ignores it.
experiment: $(READY) ## try other parameters: ARGS="-S train.learning_rate=0.05"
	@PYTHONPATH=src dvc exp run --copy-paths requirements/python.txt $(ARGS) evaluate

compare: dev ## compare experiments and releases: a table, and plots in build/compare
	@$(COMMAND) compare $(or $(ARGS),build/compare)
