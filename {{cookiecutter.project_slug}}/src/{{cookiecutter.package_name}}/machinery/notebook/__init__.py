"""From a notebook to modules: a notebook goes in, functions, tests and a proof come out."""
