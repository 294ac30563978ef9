# --- pipeline

.PHONY: repro pull push notebook experiment compare

# DVC stops at a model that the gate refuses, so that its report is made here. `runs` keeps how long each stage took.
repro: export PIPELINE_RUN := $(if $(filter repro,$(MAKECMDGOALS)),$(shell date -u +%Y-%m-%dT%H:%M:%SZ))
repro: $(READY) ## fetch missing and overdue tables, then run the stale stages of dvc.yaml
	@mkdir -p build && touch build/.repro
	@LABEL=tables $(WAIT) $(COMMAND) data refresh || { $(COMMAND) runs --end failed 2> /dev/null; exit 1; }
	@dvc repro || { $(COMMAND) runs --end failed 2> /dev/null; \
		test ! reports/gate.json -nt build/.repro || $(COMMAND) report; \
		test ! reports/data.json -nt build/.repro || $(COMMAND) model changes; exit 1; }
	@LABEL="what changed" $(WAIT) sh -c '$(COMMAND) runs --end ok; \
		test -f reports/report.html || $(COMMAND) report && $(COMMAND) model changes'
	@printf '\nThe report: open reports/report.html in a browser.\n'
	@test -z "$$(git status --porcelain)" || echo "Then keep this state: git add . && git commit"

pull: $(READY) ## fetch data and models from DVC's remote
	@sh scripts/setup/transfer.sh pull

push: $(READY) ## push data and models to DVC's remote
	@sh scripts/setup/transfer.sh push

notebook: explore ## explore with pandas and matplotlib, in JupyterLab
	@jupyter lab --notebook-dir notebooks

# The stages after evaluate may refuse a model, and DVC keeps no experiment that failed.
# A queued one runs in a copy of the project. PYTHONPATH is relative, so that it imports the copy's sources
# and not the edited ones here; requirements/python.txt is copied by name, because Git ignores it.
experiment: $(READY) ## try other parameters: ARGS="-S train.learning_rate=0.05"
	@$(COMMAND) overrides $(ARGS)
	@PYTHONPATH=src LABEL=experiment $(WAIT) dvc exp run --copy-paths requirements/python.txt $(ARGS) evaluate

compare: $(READY) ## compare experiments and releases: a table, and plots in build/compare
	@$(COMMAND) compare $(or $(ARGS),build/compare)
