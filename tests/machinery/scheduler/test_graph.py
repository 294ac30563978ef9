"""The stages that Airflow gets are those of DVC, with the same edges."""

from pathlib import Path

import pytest
from dvc.repo import Repo
from dvc.stage import PipelineStage
from ruamel.yaml import YAML

import machinery
from machinery.scheduler import graph

pytestmark = pytest.mark.filterwarnings("ignore:_NoneStep.value:DeprecationWarning")  # DVC's own
PROJECT = Path(machinery.__file__).resolve().parents[3]
PARAMS = """\
tables: [flights, weather]
levels: {low: {at: 1}, high: {at: 2}}
where: {made: data}
tried: [{depth: 1}, {depth: 2}]
"""
TEMPLATES = """\
vars:
- kind: parquet
stages:
  start: {cmd: x, outs: [raw], params: [where]}
  settle: {cmd: x, deps: [raw/list.txt], metrics: [settings.json: {cache: false}]}
  clean:
    matrix: {table: "${tables}", check: [true, 2]}
    cmd: x
    deps: ["raw/${item.table}.${kind}"]
    params: [settings.json: [rows]]
    outs: ["${where.made}/${item.table}-${item.check}.${kind}": {persist: true}]
  search:
    matrix: {each: "${tried}"}
    cmd: x
    deps: ["./data"]
    outs: ["models/${item.each.depth}"]
  level:
    foreach: ${levels}
    do: {cmd: x, deps: ["data/flights-true.${kind}"], plots: ["plots/${key}-${item.at}.csv"]}
  show:
    foreach: [high, low]
    do: {cmd: x, deps: ["models/${tried[0].depth}", plots], outs: ["show/${item}.html"]}
  nested:
    foreach: ${tried}
    do: {cmd: x, deps: ["show/high.html"], outs: ["nested/${item.depth}"]}
"""


def of_dvc(folder: Path) -> dict[str, set[str]]:
    edges = Repo.init(str(folder), no_scm=True).index.graph
    names = {stage: stage.name for stage in edges if isinstance(stage, PipelineStage)}
    return {
        name: {names[other] for other in edges.successors(stage) if other in names}
        for stage, name in names.items()
    }


def write(folder: Path, dvc_yaml: str, params: str = PARAMS) -> Path:
    (folder / "dvc.yaml").write_text(dvc_yaml, encoding="utf-8")
    (folder / "params.yaml").write_text(params, encoding="utf-8")
    return folder


def test_the_edges_of_a_project_are_those_of_dvc(tmp_path: Path) -> None:
    texts = [(PROJECT / name).read_text(encoding="utf-8") for name in ("dvc.yaml", "params.yaml")]
    found = graph.stages(write(tmp_path, *texts))
    assert {"clean@flights", "clean@planes", "environment"} < found["rows"]
    assert found == of_dvc(tmp_path)


def test_the_edges_of_templates_are_those_of_dvc(tmp_path: Path) -> None:
    found = graph.stages(write(tmp_path, TEMPLATES))
    assert found["search@each0"] == {
        f"clean@{table}-{check}" for table in ("flights", "weather") for check in ("true", "2")
    }
    assert found["clean@weather-2"] == {"start", "settle"}
    assert found == of_dvc(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("- kind: parquet", "- more.yaml", "vars names the file more.yaml: move them into params"),
        ("${kind}", "${kinds}", r"the stage clean uses \$\{kinds\}, which neither its vars nor"),
        ('"${tables}"', '"${table}"', r"the matrix of clean uses \$\{table\}"),
        ("start: {", "start: {wdir: raw, ", "the stage start has wdir"),
        ("do: {", "do: {vars: [{a: 1}], ", "the stage level has vars"),
    ],
)
def test_what_is_not_read_is_refused_by_name(
    old: str, new: str, sentence: str, tmp_path: Path
) -> None:
    assert old in TEMPLATES
    with pytest.raises(ValueError, match=sentence):
        graph.stages(write(tmp_path, TEMPLATES.replace(old, new)))


def test_no_stage_is_lost() -> None:
    known = YAML(typ="safe").load(PROJECT / "dvc.yaml")["stages"]
    found = graph.stages(PROJECT)
    assert {name.partition("@")[0] for name in found} == set(known)
