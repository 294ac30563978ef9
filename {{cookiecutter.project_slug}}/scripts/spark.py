"""Runs a command of this project under spark-submit, which takes a file that ends in .py."""

from importlib import import_module
from pathlib import Path

(package,) = (init.parent.name for init in Path("src").glob("*/__init__.py"))
import_module(f"{package}.project").main()
