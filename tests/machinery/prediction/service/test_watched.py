"""The alerts watch metrics that a service has, those of events from its start."""

import re

from ..conftest import TEMPLATE
from .under_load import Service

ALERTS = TEMPLATE / "{{cookiecutter.project_slug}}/scripts/alerts/alerts.yml"


def test_every_series_that_an_alert_watches_exists_before_its_first_event(project):
    """A counter that is born with its first event never increases, for Prometheus."""
    text = ALERTS.read_text(encoding="utf-8")
    service = Service(project, project, f"sqlite:///{project}/log.sqlite")  # has seen no event
    service.start()
    page = service.get("/metrics")
    service.stop()
    names = set(re.findall(r"model_service_\w+", text))
    families = {re.sub(r"_(total|sum|count|bucket)$", "", name) for name in names}
    known = set(re.findall(r"^# TYPE (\w+)", page, flags=re.MULTILINE))
    assert {name for name in families if not {name, f"{name}_total"} & known} == set()
    watched = re.findall(r'increase\((\w+)(?:\{(\w+)=~?"([^"]+)"\})?', text)
    assert len(watched) == text.count("increase(")
    for name, label, values in watched:
        for value in values.split("|"):
            series = f'{name}{{{label}="{value}"}} 0.0' if label else f"{name} 0.0"
            assert f"\n{series}" in page, series
