# --- releases and predictions: VERSION is a released version or a stage, such as v1.2.0 or champion

.PHONY: release promote rollback predict serve monitor

release: export ACCEPT := $(ACCEPT)
release: $(READY) ## release the candidate as VERSION=v1.2.0, or BUMP=minor; ACCEPT="why" if held
	@$(COMMAND) model release $(VERSION) $(BUMP:%=--bump=%)

promote: $(READY) ## give VERSION=v1.2.0 the STAGE=dev, challenger or champion
	@test -n "$(VERSION)" -a -n "$(STAGE)" || \
		{ echo "error: give both: make promote VERSION=v1.2.0 STAGE=champion" >&2; exit 1; }
	@$(COMMAND) model promote "$(VERSION)" "$(STAGE)"

rollback: $(READY) ## restore the previous champion
	@$(COMMAND) model rollback

predict: $(READY) ## score IN=rows.parquet into OUT=scores.parquet; MODEL=folder, ARGS for more
	@test -n "$(IN)" -a -n "$(OUT)" || \
		{ echo "error: give both files: make predict IN=rows.parquet OUT=scores.parquet" >&2; exit 1; }
	@$(COMMAND) predict "$(IN)" "$(OUT)" $(if $(MODEL),--model "$(MODEL)") $(ARGS)

serve: export POLARS_MAX_THREADS = 1
serve: $(READY) ## answer requests over HTTP; HOST=127.0.0.1 PORT=8000
	@$(COMMAND) serve

monitor: $(READY) ## say what changed since the release, also in build/monitor.html; ARGS for more
	@$(COMMAND) monitor --page build/monitor.html $(ARGS)
