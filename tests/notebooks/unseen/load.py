# %% [markdown]
# # Day-ahead electricity load
# Everything as chains; polars for the big file.

# %% tags=["setup"]
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import polars as pl
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_percentage_error as mape

# %% tags=["setup"]
RAW = Path("~/projects/load/raw").expanduser()
HORIZON = "24h"
rng = np.random.default_rng(5)

# %% tags=["data:meters"]
meters = (
    pl.scan_parquet(RAW / "meters/*.parquet")
    .filter(pl.col("kwh") >= 0)
    .group_by_dynamic("ts", every="1h", group_by="region")
    .agg(pl.col("kwh").sum())
    .collect()
    .to_pandas()
)

# %% tags=["drop"]
meters.shape, meters.ts.min(), meters.ts.max()

# %% tags=["data:meters"]
meters = (
    meters
    .assign(mwh=lambda d: d.kwh / 1000)
    .drop(columns="kwh")
    .sort_values(["region", "ts"])
)

# %% tags=["plot"]
alt.Chart(meters.sample(3000, random_state=0)).mark_line().encode(x="ts:T", y="mwh:Q", color="region:N")

# %% tags=["data:forecasts"]
forecasts = pd.concat([
    pd.read_csv(p, parse_dates=["valid_time"]).assign(run=p.stem)
    for p in sorted((RAW / "forecasts").glob("*.csv"))
])
forecasts.groupby("run").size()

# %% tags=["data:forecasts"]
forecasts = (
    forecasts
    .query("run.str.endswith('00')", engine="python")
    .rename(columns={"valid_time": "ts", "t2m": "temperature"})
    .drop_duplicates(["region", "ts"], keep="last")
)

# %% tags=["drop"]
forecasts.isna().sum()

# %% tags=["data:holidays"]
holidays = pd.read_excel(RAW / "holidays.xlsx", sheet_name="all", usecols="A:C")
holidays["day"] = pd.to_datetime(holidays["day"])

# %% tags=["drop"]
holidays.sample(5)

# %% tags=["rows"]
hours = (
    meters
    .merge(forecasts, on=["region", "ts"], how="left")
    .assign(day=lambda d: d.ts.dt.normalize())
    .merge(holidays, on=["region", "day"], how="left")
)

# %% tags=["rows"]
for days in (1, 2, 7):
    hours[f"lag_{days}d"] = hours.groupby("region").mwh.shift(24 * days)

# %% tags=["rows"]
hours = hours.dropna(subset=["lag_7d"])

# %% tags=["plot"]
(
    alt.Chart(hours.query("region == 'north'").tail(500))
    .mark_point()
    .encode(x="temperature", y="mwh")
)

# %% tags=["target"]
hours["load"] = hours.groupby("region").mwh.shift(-24)

# %% tags=["features"]
table = hours.assign(
    hour=lambda d: d.ts.dt.hour,
    weekday=lambda d: d.ts.dt.weekday,
    holiday=lambda d: d.name.notna().astype(int),
    cold=lambda d: (15 - d.temperature).clip(lower=0),
)

# %% tags=["features"]
table = table.pipe(lambda d: d.join(pd.get_dummies(d.region, prefix="r", dtype=int)))

# %% tags=["drop"]
table.describe().T.round(2)

# %% tags=["features"]
use = ["hour", "weekday", "holiday", "cold", "lag_1d", "lag_2d", "lag_7d", *[c for c in table if c.startswith("r_")]]

# %% tags=["train"]
past = table[table.ts < "2024-01-01"].dropna(subset=["load"])
future = table[table.ts >= "2024-01-01"].dropna(subset=["load"])

# %% tags=["drop"]
# quick linear look
from sklearn.linear_model import LinearRegression
lr = LinearRegression().fit(past[use].fillna(0), past.load)
mape(future.load, lr.predict(future[use].fillna(0)))

# %% tags=["train"]
gbm = GradientBoostingRegressor(loss="quantile", alpha=0.5, n_estimators=150, random_state=5)
gbm.fit(past[use].fillna(0), past["load"])

# %% tags=["evaluate"]
result = future.assign(hat=gbm.predict(future[use].fillna(0)))
overall = mape(result.load, result.hat)
persistence = mape(result.load, result.mwh)
overall, persistence

# %% tags=["evaluate"]
by_region = result.groupby("region").apply(lambda g: mape(g.load, g.hat))
by_region

# %% tags=["plot"]
alt.Chart(result.melt(id_vars="ts", value_vars=["load", "hat"])).mark_line().encode(x="ts", y="value", color="variable")

# %% tags=["predict"]
tomorrow = table[table.ts > table.ts.max() - pd.Timedelta(HORIZON)]
plan = tomorrow[["region", "ts"]].assign(mwh=gbm.predict(tomorrow[use].fillna(0)))

# %% tags=["predict"]
plan["reserve"] = plan.mwh * 1.05

# %% tags=["drop"]
plan.groupby("region").mwh.sum()

# %% tags=["drop"]
# !cp plan.csv /mnt/share/
