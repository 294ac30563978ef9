"""What `experiment read` does besides reading: it keeps the verdict and pauses a challenger."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ...database import name, parse, refuse_new_file, reported
from ...errors import InputError
from ...prediction.log import pauses, verdicts
from ...prediction.log.tables import open_tables
from ...prediction.rollout import CHALLENGER, Experiment, Rollout
from ..verdict import Verdict
from .reading import Reading, read, text
from .verdict import Says

STATUS = {
    Says.BETTER: verdicts.OK,
    Says.SAME: verdicts.OK,
    Says.UNKNOWN: verdicts.UNKNOWN,
    Says.WORSE: verdicts.ALARM,
    Says.BROKEN: verdicts.ALARM,
}


def settled(experiment: Experiment | None, given: dict[str, Any]) -> Experiment:
    """Return the experiment of a rollout with what was `given` instead; raise InputError."""
    own = experiment.model_dump() if experiment else {}
    found = own | given
    missing = [each for each in ("measure", "better", "matters") if each not in found]
    if missing:
        raise InputError(
            f"the experiment has no {missing[0]}: add `experiment` to rollout.yaml, with measure,"
            " better and matters, or give the options of these names"
        )
    if found["matters"] <= 0:
        raise InputError(f"--matters is {found['matters']:g}: give a difference above 0")
    return Experiment(**found)


def read_and_act(
    log_url: str,
    rollout: Rollout,
    experiment: Experiment,
    *,
    compare: str,
    until: datetime | None,
    once: bool,
    pause: bool,
) -> Iterator[str]:
    """Yield the reading of an experiment, keep its verdict, and pause a challenger if need be.

    A verdict on the past is not kept, and pauses nothing.
    """
    url = parse(log_url)
    refuse_new_file(url)
    now = datetime.now(UTC)
    with reported(url), open_tables(url).begin() as connection:
        reading = read(
            connection,
            rollout,
            experiment,
            compare=compare,
            until=until or now.replace(tzinfo=None),
            once=once,
        )
        yield text(reading)
        if until is None:
            keep(connection, reading, now)
    if pause and until is None:  # the verdict is kept, also where a second pause is refused
        with reported(url), open_tables(url).begin() as connection:
            said = paused(connection, rollout, reading, now)
        yield said


def keep(connection: sa.Connection, reading: Reading, now: datetime) -> None:
    """Keep the verdict of a reading, for the service to export.

    An experiment that has ended or is paused alarms nobody.
    """
    verdict = verdict_of(reading)
    verdicts.replace(connection, [verdict.name], [verdict.row()], now)


def verdict_of(reading: Reading) -> Verdict:
    """Return a reading as a verdict of the monitor; one that has ended or is paused is ok."""
    new = reading.compared.new
    version = reading.versions[1] if new == CHALLENGER else None
    return Verdict(
        name=f"experiment {new}",
        model_version=version or reading.versions[0],
        arm=new,
        value=reading.effect.estimate if reading.effect else None,
        status=STATUS[reading.verdict.says] if reading.running else verdicts.OK,
        sentence=reading.sentence + ("" if reading.running else "; it has ended or is paused"),
    )


def paused(connection: sa.Connection, rollout: Rollout, reading: Reading, now: datetime) -> str:
    """Pause a challenger that is worse, and return what was done.

    A broken split or too little data pauses nothing; a person decides.
    """
    version = reading.versions[1]
    if reading.verdict.says != Says.WORSE or reading.compared.new != CHALLENGER or not version:
        return "nothing to pause"
    new = pauses.pause(
        connection, salt=rollout.salt, version=version, reason=reading.sentence, now=now
    )
    if not new:
        return f"{version} is paused already"
    return f"{version} is paused: `experiment resume {version}` lets it decide again"


def resume_challenger(log_url: str, version: str) -> str:
    """End the pause of a challenger; raise InputError when it is not paused."""
    url = parse(log_url)
    refuse_new_file(url)
    with reported(url), open_tables(url).begin() as connection:
        if pauses.resume(connection, version):
            return f"{version} decides again: {name(url)}"
        known = ", ".join(each for each, _, _ in pauses.reasons(connection)) or "none"
    raise InputError(f"{version} is not paused: give one of the paused versions: {known}")
