"""Adds what is not in docs/ to the site: README, report, reference, and cards not yet written."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

CARDS = ("model-card.md", "data-card.md")
REPORTS = Path("reports")
PICTURES = REPORTS / "pictures"
# In this order; those that a task does not have are left out, and others come last.
FIRST = ("roc", "precision_recall", "calibration", "points", "errors", "classes", "thresholds")

# The theme's own colours are too pale for some readers, its links differ by colour alone, and the
# keyboard cannot reach what scrolls sideways.
READABLE = """<style>
.md-typeset p a, .md-typeset li a, .md-typeset td a { text-decoration: underline; }
[data-md-color-scheme] { --md-code-hl-comment-color: #555; --md-code-hl-variable-color: #444;
  --md-code-hl-operator-color: #444; --md-code-hl-punctuation-color: #444;
  --md-code-hl-generic-color: #444; --md-code-hl-number-color: #a8231c;
  --md-code-hl-string-color: #14673a; --md-code-hl-special-color: #a3224f;
  --md-code-hl-constant-color: #5a3fc0; --md-code-hl-keyword-color: #2f55b0;
  --md-code-hl-name-color: #24292f; --md-code-hl-function-color: #8c2c9b; }
@media (max-width: 600px) {
  .md-typeset pre > code { white-space: pre-wrap; overflow-wrap: anywhere; } }
</style>
<script>addEventListener("load", () => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap, pre > code"))
    wide.tabIndex = 0
})</script>
</head>"""


def report(pictures: list[Path]) -> str:
    """Return the page with the gate's verdict and the pictures; only its heading before a run."""
    if not (REPORTS / "gate.md").is_file():
        return "# Report\n\n`make repro` writes this page.\n"
    lines = ["# Report", "", (REPORTS / "gate.md").read_text(encoding="utf-8")]
    known = {name: place for place, name in enumerate(FIRST)}
    for path in sorted(pictures, key=lambda path: known.get(path.stem, len(known))):
        found = re.search('aria-label="([^"]+)"', path.read_text(encoding="utf-8"))
        title = found[1] if found else path.stem
        lines += [f"## {title}", "", f"![{title}]({PICTURES.name}/{path.name})", ""]
    return "\n".join(lines)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add each page that mkdocs.yml names in `nav` and docs/ does not hold."""
    (package,) = (init.parent.name for init in Path("src").glob("*/__init__.py"))
    pictures = sorted(PICTURES.glob("*.svg"))
    pages = {
        "index.md": Path("README.md").read_text(encoding="utf-8").replace("](docs/", "]("),
        "report.md": report(pictures),
        "reference.md": f"# Reference\n\n::: {package}\n",
        **{card: f"# {card}\n\n`make repro` writes this page.\n" for card in CARDS},
    }
    pages |= {f"{PICTURES.name}/{path.name}": path.read_text(encoding="utf-8") for path in pictures}
    for name, text in pages.items():
        if files.get_file_from_path(name) is None:
            files.append(File.generated(config, name, content=text))
    return files


def on_post_page(output: str, **_: object) -> str:
    """Make a page readable for everybody."""
    return output.replace("</head>", READABLE, 1)
