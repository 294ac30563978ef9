"""What cannot be added or updated is refused before anything changes."""

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from ..errors import InputError
from .address import SCHEMES, refuse_secrets
from .dvc import dvc
from .provenance import licenses, name_of, named
from .reading import Reading


def refuse(url: str, *, name: str, meta: Mapping[str, str], reading: Reading) -> None:
    """Raise InputError, before anything is fetched, when a table cannot be added like this."""
    if not Path(".dvc").is_dir():
        raise InputError("there is no .dvc here: run this in the project's folder")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise InputError(f"{name!r} cannot name a table: use letters, digits and underscores")
    if named(name):
        raise InputError(f"{name} exists already: take another --name or `data update {name}`")
    refuse_secrets(meta.get("source", ""))
    refuse_origin(url, reading)
    if not meta.get("source") and Path(url).expanduser().exists():
        raise InputError(f"{url} is a file: name its origin with --source")
    if meta["license"] not in (allowed := licenses()):
        refused = meta["license"]
        raise InputError(f"pyproject.toml does not allow {refused!r}: {', '.join(allowed)}")
    if not meta["owner"].strip():
        raise InputError("--owner is empty: name who answers for the table")


def refuse_origin(url: str, reading: Reading) -> None:
    """Raise InputError unless `url` is a file, a folder, or a URL without secrets."""
    if Path(url).expanduser().exists():
        if reading.query:
            raise InputError(f"{url} is a file: --query belongs to the URL of a database")
        return
    refuse_secrets(url)
    address = urlsplit(url)
    if reading.query and (address.scheme in SCHEMES or "://" not in url):
        raise InputError(f"{url!r} is not the URL of a database: begin with postgresql://")
    if not reading.query and (address.scheme not in SCHEMES or not address.netloc):
        schemes = "://, ".join(SCHEMES)
        raise InputError(
            f"{url!r} is neither a file nor a URL to import: begin with {schemes}://,"
            " or give --query to the URL of a database"
        )


def refuse_update(table: Path, origin: str, reading: Reading) -> None:
    """Raise InputError when the table cannot get a next version like this."""
    if not origin:
        raise InputError(
            f"{name_of(table)} came from a file: give the next one, `data update"
            f" {name_of(table)} FILE`"
        )
    if table.suffix != ".parquet":
        raise InputError(
            f"{table} is not Parquet, which the pipeline reads: `dvc remove {table}.dvc` and add"
            " it again"
        )
    refuse_origin(origin, reading)


def refuse_other(new: Path, table: Path, pointer: Path) -> None:
    """Raise InputError when the table `new` lacks a column of the old one, or turned to text."""
    if not table.exists():
        with suppress(InputError):
            dvc("pull", pointer, advice="")
    if not table.exists():
        return
    before, after = (pl.scan_parquet(path, glob=False) for path in (table, new))
    kinds, found = before.collect_schema(), after.collect_schema()
    if missing := [name for name in kinds if name not in found]:
        raise InputError(
            f"the next version of {name_of(table)} lacks {', '.join(missing)}; it has"
            f" {', '.join(found)}: nothing was changed; rename its columns, or add it as another"
            " table with `data add`"
        )
    for name, kind in kinds.items():
        if found[name] == pl.String and (kind.is_numeric() or kind.is_temporal()):
            strange = pl.col(name).cast(pl.Float64, strict=False).is_null()
            texts = after.select(name).drop_nulls().sort(~strange, maintain_order=True)
            for value in texts.head(1).collect()[name]:
                raise InputError(
                    f"{name} was {kind} and is now text, such as {value!r}: nothing was changed;"
                    " correct the table, or say with --null what means a missing value"
                )
