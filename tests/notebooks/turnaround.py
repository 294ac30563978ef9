# %% [markdown]
# # Taxi and turnaround: which flights leave late?
# Author: M. - second iteration, cleaned up a bit with classes.
#
# Run all cells from the top.

# %% tags=["setup"]
from __future__ import annotations

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# %% tags=["setup"]
logging.basicConfig(level=logging.INFO)
log = logging.getLogger("turnaround")
plt.rcParams["figure.figsize"] = (9, 3)

# %% tags=["setup"]
@dataclass
class Config:
    folder: Path = Path("../../data/external")
    late_after: int = 15
    train_until: str = "2013-08-01"
    seed: int = 1
    numeric: list = field(default_factory=lambda: ["hour", "distance", "temp", "wind_speed", "visib", "seats", "age"])
    categorical: list = field(default_factory=lambda: ["carrier", "origin"])

cfg = Config()

# %% tags=["drop"]
cfg

# %% [markdown]
# ## Loading
# Small helpers so that every file is read the same way.

# %% tags=["data:flights"]
def load(name: str, columns: Optional[list] = None) -> pd.DataFrame:
    start = time.time()
    df = pd.read_parquet(cfg.folder / f"{name}.parquet", columns=columns)
    log.info("%s: %d rows in %.1f s", name, len(df), time.time() - start)
    return df

# %% tags=["drop"]
def overview(df, n=3):
    """quick look"""
    print(df.shape)
    print(df.isna().mean().sort_values(ascending=False).head(n))
    return df.sample(n, random_state=0)

# %% tags=["data:flights"]
flights = load("flights")

# %% tags=["drop"]
overview(flights)

# %% tags=["data:flights"]
class FlightCleaner:
    """All we know about the flights table."""

    def __init__(self, keep_cancelled=False):
        self.keep_cancelled = keep_cancelled

    def parse_times(self, df):
        minutes = pd.to_timedelta(df["sched_dep_time"] % 100, unit="min")
        return df.assign(departure=df["time_hour"] + minutes)

    def drop_broken(self, df):
        df = df[df["tailnum"].notna()]
        if not self.keep_cancelled:
            df = df[df["dep_delay"].notna()]
        return df

    def __call__(self, df):
        return df.pipe(self.parse_times).pipe(self.drop_broken).reset_index(drop=True)

# %% tags=["data:flights"]
flights = FlightCleaner()(flights)
flights.head(2)

# %% tags=["plot"]
def hist(series, title, bins=50):
    fig, ax = plt.subplots()
    ax.hist(series.dropna().clip(-30, 200), bins=bins)
    ax.set_title(title)
    return ax

# %% tags=["plot"]
hist(flights["dep_delay"], "departure delay")

# %% tags=["data:weather"]
weather = load("weather", ["origin", "time_hour", "temp", "wind_speed", "visib"])

def fill_forward(df, by, columns):
    df = df.sort_values(by)
    df[columns] = df.groupby(by[0])[columns].ffill()
    return df

weather = fill_forward(weather, ["origin", "time_hour"], ["temp", "wind_speed", "visib"])
weather = weather.drop_duplicates(["origin", "time_hour"])

# %% tags=["drop"]
overview(weather, 5)

# %% tags=["data:planes"]
planes = load("planes")[["tailnum", "year", "seats", "engines"]]
planes = planes.rename(columns={"year": "built"})
planes.loc[planes["built"] < 1950, "built"] = np.nan

# %% tags=["drop"]
assert planes["tailnum"].is_unique

# %% [markdown]
# ## One row per departure

# %% tags=["rows"]
def assemble(flights, weather, planes):
    """Weather of the hour, plane by its tail number."""
    out = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="m:1")
    out = out.merge(planes, on="tailnum", how="left", validate="m:1")
    return out.sort_values("departure")

# %% tags=["rows"]
base = assemble(flights, weather, planes)
log.info("rows: %d", len(base))

# %% tags=["drop"]
base.isna().mean().round(3)

# %% [markdown]
# Legs of the same plane: was the one before late?

# %% tags=["rows"]
class PreviousLeg:
    def __init__(self, key="tailnum", order="departure"):
        self.key, self.order = key, order

    def add(self, df):
        df = df.sort_values([self.key, self.order])
        groups = df.groupby(self.key)
        return df.assign(previous_delay=groups["arr_delay"].shift(), gap=groups[self.order].diff())

base = PreviousLeg().add(base)

# %% tags=["plot"]
base.plot.scatter("previous_delay", "dep_delay", s=1, alpha=0.1)

# %% tags=["target"]
def label(df, minutes):
    return (df["dep_delay"] > minutes).astype(int)

base["is_late"] = label(base, cfg.late_after)

# %% tags=["drop"]
print("share late:", base["is_late"].mean())

# %% tags=["features"]
base["hour"] = base["departure"].dt.hour
base["age"] = base["departure"].dt.year - base["built"]

# %% tags=["features"]
class Clip(BaseEstimator, TransformerMixin):
    """Clip numeric columns at quantiles seen in training."""

    def __init__(self, low=0.01, high=0.99):
        self.low, self.high = low, high

    def fit(self, X, y=None):
        self.bounds_ = np.nanquantile(X, [self.low, self.high], axis=0)
        return self

    def transform(self, X):
        return np.clip(X, *self.bounds_)

# %% tags=["features"]
def gap_minutes(df):
    return df["gap"].dt.total_seconds().div(60).clip(upper=600).fillna(600)

base = base.assign(gap_min=gap_minutes)
cfg.numeric += ["gap_min", "previous_delay"]

# %% tags=["train"]
def split(df, until):
    mask = df["departure"] < until
    return df[mask], df[~mask]

train, test = split(base, cfg.train_until)

# %% tags=["drop"]
for part in (train, test):
    print(len(part), part.departure.min(), part.departure.max())

# %% tags=["train"]
def build(model):
    numeric = Pipeline([("impute", SimpleImputer()), ("clip", Clip()), ("scale", StandardScaler())])
    columns = ColumnTransformer([
        ("num", numeric, cfg.numeric),
        ("cat", OneHotEncoder(handle_unknown="ignore", sparse_output=False), cfg.categorical),
    ])
    return Pipeline([("columns", columns), ("model", model)])

# %% tags=["drop"]
forest = build(RandomForestClassifier(20, min_samples_leaf=50, random_state=cfg.seed))
forest.fit(train, train["is_late"])
roc_auc_score(test["is_late"], forest.predict_proba(test)[:, 1])

# %% tags=["train"]
boosted = build(HistGradientBoostingClassifier(max_iter=40, random_state=cfg.seed))
boosted.fit(train, train["is_late"])

# %% tags=["evaluate"]
class Scores(dict):
    def add(self, name, truth, score):
        self[name] = {
            "auc": roc_auc_score(truth, score),
            "ap": average_precision_score(truth, score),
            "brier": brier_score_loss(truth, score),
        }
        return self[name]

# %% tags=["evaluate"]
scores = Scores()
prob = boosted.predict_proba(test)[:, 1]
scores.add("boosted", test["is_late"], prob)

# %% tags=["evaluate"]
rate = train.groupby("hour")["is_late"].mean()
scores.add("by hour", test["is_late"], test["hour"].map(rate).fillna(rate.mean()))
pd.DataFrame(scores).T

# %% tags=["evaluate"]
per_carrier = defaultdict(float)
for carrier, part in test.assign(prob=prob).groupby("carrier"):
    if part["is_late"].nunique() == 2:
        per_carrier[carrier] = roc_auc_score(part["is_late"], part["prob"])
per_carrier = pd.Series(per_carrier).sort_values()

# %% tags=["plot"]
per_carrier.plot.barh(title="auc by carrier")

# %% tags=["plot"]
def calibration(truth, prob, bins=10):
    groups = pd.cut(prob, bins)
    table = pd.DataFrame({"truth": truth, "prob": prob}).groupby(groups, observed=True).mean()
    table.plot.scatter("prob", "truth")
    plt.plot([0, 1], [0, 1], ":")

calibration(test["is_late"].to_numpy(), prob)

# %% tags=["predict"]
@dataclass
class Alert:
    threshold: float = 0.5

    def decide(self, prob):
        return np.where(prob > self.threshold, "warn", "ok")

# %% tags=["predict"]
alerts = test[["carrier", "flight", "origin", "departure"]].assign(prob=prob, alert=Alert(0.4).decide(prob))

# %% tags=["drop"]
alerts["alert"].value_counts()

# %% tags=["drop"]
# joblib.dump(boosted, "boosted.joblib")
