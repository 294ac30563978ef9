"""Adds pages that are not in docs/ to the site: README, reference, and cards not yet written."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CARDS = ("model-card.md", "data-card.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add each page that mkdocs.yml names in `nav` and docs/ does not hold."""
    (package,) = (init.parent.name for init in Path("src").glob("*/__init__.py"))
    pages = {
        "index.md": Path("README.md").read_text(encoding="utf-8").replace("](docs/", "]("),
        "reference.md": f"# Reference\n\n::: {package}\n",
        **{card: f"# {card}\n\n`make repro` writes this page.\n" for card in CARDS},
    }
    for name, text in pages.items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, content=text))
    return files
