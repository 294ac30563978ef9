# --- example

.PHONY: strip-example

strip-example: $(READY) ## take the flights out, leave the smallest pipeline: docs/own-data.md
	@python scripts/strip/strip.py
