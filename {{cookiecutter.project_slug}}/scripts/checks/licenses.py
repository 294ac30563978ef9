"""Lists the license of each installed package, refuses those that pyproject.toml does not allow.

pip-licenses compares strings or parts of them, so it would accept "MIT AND GPL-3.0" where MIT is
allowed; license-expression understands AND and OR.
"""

import re
import sys
import tomllib
from importlib.metadata import PackageMetadata, distributions
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, get_spdx_licensing

OSI = "License :: OSI Approved :: "
SPDX = get_spdx_licensing()


def stated(metadata: PackageMetadata) -> str:
    """Return what a package says of its license: in SPDX, by classifiers, or in its own words."""
    classifiers = metadata.get_all("Classifier", [])
    named = [line.removeprefix(OSI) for line in classifiers if line.startswith(OSI)]
    free = (metadata.get("License") or "").strip().partition("\n")[0]
    return metadata.get("License-Expression") or " AND ".join(sorted(named)) or free or "nothing"


def fits(statement: str, allowed: set[str]) -> bool:
    """Return whether a statement is allowed: one side of an OR, both sides of an AND."""
    if statement in allowed or all(part in allowed for part in statement.split(" AND ")):
        return True
    try:
        return _fits(SPDX.parse(statement, validate=True), allowed)
    except ExpressionError:
        return False


def _fits(node: Any, allowed: set[str]) -> bool:
    sides = [_fits(side, allowed) for side in getattr(node, "args", ())]
    if not sides:
        return str(node) in allowed
    return any(sides) if node.operator.strip() == "OR" else all(sides)


def normal(name: str) -> str:
    """Return a distribution's name as locks write it."""
    return re.sub("[-_.]+", "-", name).lower()


def faults(licenses: dict[str, str], rules: dict[str, Any], shipped: set[str]) -> list[str]:
    """Return why each package is refused; exceptions are for packages that are never shipped."""
    allowed = set(rules["allowed"])
    refused = {name for name, statement in licenses.items() if not fits(statement, allowed)}
    excepted = set(rules.get("exceptions", {}))
    return [
        f"{name} is in requirements/serve.txt, so it is shipped, and is under {licenses[name]!r}: "
        "do without it, or add the license to tool.licenses.allowed in pyproject.toml"
        if name in shipped
        else f"{name} is under {licenses[name]!r}, which pyproject.toml does not allow: do without "
        "it, or add the license to tool.licenses.allowed, or the package to its exceptions"
        for name in sorted(refused - (excepted - shipped))
    ]


def main(target: Path) -> None:
    """Write the list to `target`, as Markdown; exit with a line for each fault."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    own = normal(project.get("project", {}).get("name", ""))
    installed = {normal(each.metadata["Name"]): each for each in distributions()}
    licenses = {name: stated(installed[name].metadata) for name in sorted(installed.keys() - {own})}
    lock = Path("requirements/serve.txt")
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    shipped = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    rows = [
        f"| {name} | {installed[name].version} | {statement} | {'yes' * (name in shipped)} |\n"
        for name, statement in licenses.items()
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    head = "| package | version | license, as it says | shipped |\n|---|---|---|---|\n"
    target.write_text(head + "".join(rows), encoding="utf-8")
    if found := faults(licenses, project["tool"]["licenses"], shipped):
        sys.exit("\n".join(f"error: {fault}" for fault in found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
