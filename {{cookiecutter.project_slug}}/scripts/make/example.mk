# --- example

.PHONY: strip-example

strip-example: $(READY) ## replace the flights by the smallest pipeline, see docs/own-data.md
	@python scripts/strip/strip.py
