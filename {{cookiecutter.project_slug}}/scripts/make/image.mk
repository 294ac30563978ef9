# --- image

.PHONY: image

image: ## build the image that predicts, with the candidate in it, or with VERSION
	@sh scripts/docker/serve.sh $(VERSION)
