# --- image

.PHONY: image

image: ## build the image that predicts, with the candidate or VERSION
	@sh scripts/docker/serve.sh $(VERSION)
