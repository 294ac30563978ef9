"""Each alert fires when it should and stays silent when it should not, and every mutant is found."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pages import anchors
from project import SOURCE
from ruamel.yaml import YAML

yaml = YAML(typ="safe")
ALERTS = SOURCE / "scripts/alerts/alerts.yml"
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.load(ALERTS.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
WHERE = 'job="model-service",instance="a"'
A = {"job": "model-service", "instance": "a"}
promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed: apt-get install prometheus"
)


@dataclass(frozen=True)
class Case:
    """Series with a value a minute, and what is expected of the alert by the minute."""

    series: dict[str, str]
    silent: tuple[int, ...] = ()
    fires: tuple[int, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    summary: str = ""  # if the rule's has a label in it
    step: int = 1  # minutes from one value to the next

    def tests(self, rule: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what promtool expects at each minute of the rule as it was written."""
        alert = {
            "exp_labels": {
                name: value for name, value in (A | self.labels | rule["labels"]).items() if value
            },
            "exp_annotations": rule["annotations"]
            | ({"summary": self.summary} if self.summary else {}),
        }
        name = rule["alert"]
        return [
            {
                "interval": f"{self.step}m",
                "input_series": [
                    {"series": name, "values": values} for name, values in self.series.items()
                ],
                "alert_rule_test": [
                    {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": alerts}
                    for minutes, alerts in ((self.silent, []), (self.fires, [alert]))
                    for minute in minutes
                ],
            }
        ]


def of(metric: str, labels: str = "") -> str:
    """Return the name of a series of one replica."""
    return f"{metric}{{{','.join(filter(None, [WHERE, labels]))}}}"


COUNT = "model_service_request_duration_seconds_count"


def once(metric: str, label: str, minutes: int, wait: int = 0, **more: Any) -> Case:
    """Return the case of a counter that grows once, at 9 minutes, with a window of `minutes`."""
    last = 9 + minutes - 1
    silent = (8, 9 + minutes + 5, *([9] if wait else []))
    return Case({of(metric, label): "0x8 1x200"}, silent, (9 + wait, last), **more)


def status(number: int) -> str:
    """Return the label of a status."""
    return f'status="{number}"'


def refused(number: int, minutes: int = 10, wait: int = 1) -> Case:
    """Return the case of one request with a status that fires."""
    return once(
        COUNT,
        status(number),
        minutes,
        wait,
        labels={"status": str(number)},
        summary=f"Requests are answered with {number}." if wait else "",
    )


def quiet(metric: str, label: str) -> Case:
    """Return the case of a counter that grows and means nothing to the rule."""
    return Case({of(metric, label): "0+1x60"}, silent=(10, 30, 60))


def duration(mean: float, number: int = 200) -> dict[str, str]:
    """Return the series of 60 requests a minute with a mean duration in seconds."""
    sums = COUNT.replace("_count", "_sum")
    label = status(number)
    return {of(sums, label): f"0+{60 * mean:g}x60", of(COUNT, label): "0+60x60"}


def unknown(share: float) -> dict[str, str]:
    """Return the series of 1,000 answers a minute, with a share of unknown categories."""
    who = 'model_version="v1",arm="champion"'
    return {
        of("model_service_unknown_inputs_total", f'{who},field="carrier"'): (
            f"0+{1000 * share:g}x90"
        ),
        of("model_service_decisions_total", f'{who},decision="true"'): "0+400x90",
        of("model_service_decisions_total", f'{who},decision="false"'): "0+600x90",
    }


def alarm(name: str, value: int = 1) -> dict[str, str]:
    """Return the series of a verdict."""
    label = f'verdict="{name}",model_version="v1",arm="challenger"'
    return {of("model_service_monitor_alarm", label): f"{value}x60"}


def said(name: str, summary: str) -> Case:
    """Return the case of a verdict that fires after ten minutes."""
    labels = {"verdict": name, "model_version": "v1", "arm": "challenger"}
    return Case(alarm(name), (9,), (11, 30), labels, summary)


DRIFTS = "Inputs or scores of v1 are not what they were in training."
FELL = "The model v1 is less accurate than its release promised."
RAN = "model_service_monitor_success_timestamp_seconds"
NOWHERE = "model_service_logged_rows_total"
CASES = {
    "ServiceDown": [
        Case({of("up"): "1x4 0x30"}, (4, 6), (8, 20)),
        Case({'up{job="other",instance="a"}': "1x30"}, (1,), (4,), {"instance": ""}),
        Case({of("up"): "1x30", 'up{job="other",instance="a"}': "0x30"}, (10,)),
    ],
    "LatencyHigh": [
        Case(duration(0.6), (4,), (10, 30)),
        Case(duration(0.4), (10, 30)),
        # One status is slow, and the requests as a whole are not.
        Case(duration(0.1) | duration(0.6, 422), (10, 30)),
    ],
    "RequestsRefused": [refused(503), refused(500), quiet(COUNT, status(200))],
    "ReloadRefused": [
        once("model_service_reloads_total", 'result="refused"', 60, labels={"result": "refused"}),
        quiet("model_service_reloads_total", 'result="accepted"'),
    ],
    "StoredRowsOld": [refused(409, wait=0), quiet(COUNT, status(503))],
    "DatabaseAway": [
        Case({of("model_service_database_up"): "1x4 0x30"}, (4, 9), (11, 20)),
        Case({of("model_service_database_up"): "1x60"}, (10, 60)),
    ],
    "SpoolStays": [
        Case({of("model_service_spool_size_bytes"): "0x4 1x200"}, (4, 60), (66, 120)),
        Case({of("model_service_spool_size_bytes"): "0x200"}, (100,)),
    ],
    "AnswersUnrecorded": [
        once(NOWHERE, 'where="nowhere"', 10, labels={"where": "nowhere"}),
        quiet(NOWHERE, 'where="spool"'),
    ],
    "SpoolRefused": [once("model_service_spool_refused_total", "", 60)],
    "InputUnknown": [
        Case(
            unknown(0.06),
            (14,),
            (20, 60),
            {"field": "carrier"},
            "More than 5 % of the answers had a value of carrier that the model does not know.",
        ),
        Case(unknown(0.04), (20, 60)),
    ],
    "MonitorSilent": [
        Case({of(RAN): "0x600"}, (0, 35 * 60, 36 * 60 + 10), (36 * 60 + 15, 40 * 60), step=5),
        Case({of(RAN): "0x240 72000x360"}, (40 * 60,), step=5),  # it ran at 20 hours
    ],
    "Drift": [
        said("drift", DRIFTS),
        said("score drift", DRIFTS),
        Case(alarm("drift", 0) | alarm("accuracy"), (30,)),
    ],
    "AccuracyFell": [
        said("accuracy", FELL),
        Case(alarm("accuracy", 0) | alarm("drift"), (30,)),
    ],
    "ExperimentAlarm": [
        said(
            "experiment challenger", "The experiment challenger is worse, or its split is broken."
        ),
        said("experiment holdout", "The experiment holdout is worse, or its split is broken."),
        Case(alarm("experiment challenger", 0) | alarm("drift"), (30,)),
    ],
    "ChallengerPaused": [
        Case({of("model_service_challenger_paused"): "0x4 1x30"}, (4,), (5, 20)),
    ],
}


def changes(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield mutants of a rule, each with one fault, by a name."""
    expression = rule["expr"]
    swaps = {"==": "!=", ">": "<", "=~": "!~", "and": "or", "without": "by"}
    for place in re.finditer(r'==|=~|(?<![=!<])>|(?<=[a-z])=(?=")', expression):
        other = swaps.get(place[0], "!=")
        yield f"{place[0]} at {place.start()}", at(rule, place, other)
    for place in re.finditer(r"> ([\d.]+)( \* 3600)?$", expression):
        value = float(place[1])
        for limit in (value * 20, value / 20) if value else (1000, -1):
            yield f"> {limit:g}", at(rule, place, f"> {limit:g}{place[2] or ''}")
    for place in re.finditer(r"\[(\d+)(\w)\]", expression):
        for window in (f"[{int(place[1]) * 24}{place[2]}]", "[10s]"):
            # A mean over another window is the same where it is steady.
            if window == "[10s]" or "rate(" not in expression:
                yield f"{window} at {place.start()}", at(rule, place, window)
    for part in expression.split(" or ") if " or " in expression else []:
        yield f"only {part}", rule | {"expr": part}
    for place in re.finditer(r"\{[^}]*\}", expression):
        yield f"without {place[0]}", at(rule, place, "")
    if "for" in rule:
        unit = rule["for"][-1]
        yield "for longer", rule | {"for": f"{int(rule['for'][:-1]) * 10}{unit}"}
        yield "for nothing", {name: value for name, value in rule.items() if name != "for"}
    else:
        yield "for 2h", rule | {"for": "2h"}
    for part in ("labels", "annotations"):
        for name in rule[part]:
            yield f"{name} is gone", rule | {part: rule[part] | {name: "other"}}


def at(rule: dict[str, Any], place: re.Match[str], text: str) -> dict[str, Any]:
    """Return a rule whose expression has another text at a place."""
    old = rule["expr"]
    return rule | {"expr": old[: place.start()] + text + old[place.end() :]}


def write(folder: Path, name: str, rule: dict[str, Any], original: dict[str, Any]) -> Path:
    """Write a rule, and the test of the original, into files; return the test's."""
    rules, test = folder / f"{name}.rules.yml", folder / f"{name}.test.yml"
    with rules.open("w") as file:
        yaml.dump({"groups": [{"name": "g", "rules": [deepcopy(rule)]}]}, file)
    cases = [test for case in CASES[original["alert"]] for test in case.tests(original)]
    with test.open("w") as file:
        yaml.dump(
            {
                "rule_files": [rules.name],
                "evaluation_interval": cases[0]["interval"],
                "tests": deepcopy(cases),
            },
            file,
        )
    return test


def failed(tests: list[Path]) -> tuple[set[str], str]:
    """Return the names of the tests that promtool fails, and its output."""
    run = subprocess.run(
        ["promtool", "test", "rules", *map(str, tests)], capture_output=True, text=True, check=False
    )
    parts = re.split(r"Unit Testing: +", run.stdout + run.stderr)
    reports = re.split(r"^Unit Testing: +", run.stdout, flags=re.MULTILINE)[1:]
    assert len(reports) == len(tests), parts
    bad = set()
    for report in reports:
        path, _, rest = report.partition("\n")
        if "SUCCESS" not in rest:
            bad.add(Path(path.strip()).name)
    return bad, run.stdout + run.stderr


def test_every_rule_has_its_cases_both_ways() -> None:
    assert CASES.keys() == RULES.keys()
    for name, cases in CASES.items():
        assert any(case.fires for case in cases), name
        assert any(case.silent for case in cases), name


def test_every_alert_leads_to_an_entry_of_the_runbook() -> None:
    page = anchors((SOURCE / "docs/runbook.md").read_text(encoding="utf-8"))
    for name, rule in RULES.items():
        path, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert (path, anchor in page) == ("docs/runbook.md", True), name


@promtool
def test_each_alert_fires_and_stays_silent(tmp_path: Path) -> None:
    tests = [write(tmp_path, name, rule, rule) for name, rule in RULES.items()]
    bad, output = failed(tests)
    assert not bad, output


@promtool
def test_every_mutant_of_a_rule_is_found(tmp_path: Path) -> None:
    mutants = {
        f"{name}-{number}": (what, rule, original)
        for name, original in RULES.items()
        for number, (what, rule) in enumerate(changes(original))
    }
    assert len(mutants) > 120
    tests = [write(tmp_path, name, rule, original) for name, (_, rule, original) in mutants.items()]
    bad, _ = failed(tests)
    missed = {
        f"{name}: {what}" for name, (what, _, _) in mutants.items() if f"{name}.test.yml" not in bad
    }
    assert not missed
