# %% [markdown]
# notebook of Tuesday, with what Eva asked for: mean delay of an airport in the next hour?

# %% tags=["setup"]
import pandas as pd, numpy as np
import os
import matplotlib.pyplot as plt
from datetime import datetime
from pathlib import Path

# %% tags=["setup"]
base = Path("../../data/external")
cutoff_date = pd.Timestamp("2013-10-01")

# %% tags=["drop"]
os.getcwd()

# %% tags=["drop"]
# !ls ../../data/external

# %% tags=["data:flights"]
flights = pd.read_parquet(base / "flights.parquet", columns=["time_hour", "origin", "carrier", "dep_delay", "arr_delay", "distance"])
flights.columns

# %% tags=["data:flights"]
flights = flights.dropna(subset=["dep_delay"])

# %% tags=["drop"]
flights.shape

# %% tags=["drop"]
flights.describe(include="all")

# %% tags=["plot"]
plt.figure(figsize=(12, 3))
flights.set_index("time_hour").dep_delay.resample("D").mean().plot()

# %% tags=["data:flights"]
flights["dep_delay"] = flights["dep_delay"].clip(-30, 300)
flights["arr_delay"] = flights["arr_delay"].clip(-60, 300)

# %% tags=["drop"]
flights.carrier.unique()

# %% tags=["data:flights"]
big = ["UA", "B6", "EV", "DL", "AA"]
flights["carrier"] = flights["carrier"].where(flights["carrier"].isin(big), "other")

# %% tags=["drop"]
flights.carrier.value_counts(normalize=True)

# %% [markdown]
# weather: one row per hour and airport

# %% tags=["data:weather"]
weather = pd.read_parquet(base / "weather.parquet")

# %% tags=["drop"]
weather.tail()

# %% tags=["data:weather"]
weather = weather.drop(columns=["wind_gust", "pressure"])
weather["precip"] = weather["precip"].fillna(0)
weather = weather.sort_values(["origin", "time_hour"]).drop_duplicates(["origin", "time_hour"], keep="last")

# %% tags=["plot"]
weather.plot(x="time_hour", y="temp")

# %% tags=["data:weather"]
weather["storm"] = ((weather.wind_speed > 25) | (weather.visib < 1)).astype(int)

# %% tags=["drop"]
weather.storm.sum()

# %% [markdown]
# per hour

# %% tags=["rows"]
hourly = flights.groupby(["origin", "time_hour"]).agg(delay=("dep_delay", "mean"), n=("dep_delay", "size"), far=("distance", "mean")).reset_index()

# %% tags=["drop"]
hourly.head()

# %% tags=["plot"]
hourly.boxplot("delay", by="origin")

# %% tags=["rows"]
hourly = hourly.merge(weather, how="left", on=["origin", "time_hour"])
hourly = hourly.sort_values(["origin", "time_hour"])

# %% tags=["drop"]
hourly.isna().mean()

# %% tags=["rows"]
# at least three flights
hourly = hourly[hourly.n >= 3]

# %% tags=["rows"]
def lag(t, col, k):
    return t.groupby("origin")[col].shift(k)

hourly["before"] = lag(hourly, "delay", 1)
hourly["before2"] = lag(hourly, "delay", 2)

# %% tags=["target"]
hourly["y"] = lag(hourly, "delay", -1)
hourly = hourly.dropna(subset=["y", "before", "before2"])

# %% tags=["plot"]
plt.scatter(hourly.before, hourly.y, s=1)
plt.xlabel("before")
plt.ylabel("next hour")
plt.show()

# %% tags=["drop"]
hourly[["before", "before2", "y"]].corr()

# %% [markdown]
# feature engineering

# %% tags=["features"]
hourly["h"] = hourly.time_hour.dt.hour
hourly["sin_h"] = np.sin(2 * np.pi * hourly.h / 24)
hourly["cos_h"] = np.cos(2 * np.pi * hourly.h / 24)

# %% tags=["features"]
hourly["dow"] = hourly.time_hour.dt.dayofweek
hourly["weekend"] = hourly["dow"] >= 5

# %% tags=["drop"]
hourly.groupby("dow").y.mean()

# %% tags=["features"]
hourly = pd.get_dummies(hourly, columns=["origin"], dtype=int)

# %% tags=["features"]
num = ["before", "before2", "n", "far", "temp", "humid", "wind_speed", "precip", "visib", "storm", "sin_h", "cos_h", "weekend"]
inputs = num + [c for c in hourly.columns if c.startswith("origin_")]
hourly[num] = hourly[num].astype(float).fillna(hourly[num].astype(float).median())

# %% tags=["plot"]
hourly[num].hist(figsize=(12, 9))
plt.tight_layout()

# %% [markdown]
# ## model

# %% tags=["train"]
from sklearn.ensemble import HistGradientBoostingRegressor
tr = hourly[hourly.time_hour < cutoff_date]
te = hourly[hourly.time_hour >= cutoff_date]

# %% tags=["drop"]
len(tr), len(te)

# %% tags=["train"]
params = dict(max_iter=50, learning_rate=0.1, random_state=0)
reg = HistGradientBoostingRegressor(**params)
reg.fit(tr[inputs], tr["y"])

# %% tags=["drop"]
# for lr in [0.01, 0.05, 0.1]:
#     reg = HistGradientBoostingRegressor(learning_rate=lr).fit(tr[inputs], tr["y"])
#     print(lr, reg.score(te[inputs], te["y"]))

# %% tags=["evaluate"]
def rmse(a, b):
    return float(np.sqrt(((a - b) ** 2).mean()))

# %% tags=["evaluate"]
te = te.assign(pred=reg.predict(te[inputs]))
score = rmse(te.y, te.pred)
print(score)

# %% tags=["evaluate"]
naive = rmse(te.y, te.before)
print("same as now:", naive)
gain = 1 - score / naive

# %% tags=["evaluate"]
bad = te[te.storm == 1]
storm_score = rmse(bad.y, bad.pred) if len(bad) else None
storm_score

# %% tags=["plot"]
te.set_index("time_hour")[["y", "pred"]].head(200).plot(figsize=(12, 3))

# %% tags=["plot"]
residual = te.y - te.pred
plt.hist(residual, bins=80)
plt.savefig("residuals.png")

# %% tags=["predict"]
last = hourly.sort_values("time_hour").tail(30)
forecast = pd.DataFrame({"time_hour": last.time_hour, "delay": reg.predict(last[inputs])}).reset_index(drop=True)

# %% tags=["drop"]
forecast

# %% tags=["predict"]
forecast["alarm"] = np.where(forecast.delay > 20, "red", np.where(forecast.delay > 10, "yellow", "green"))

# %% tags=["plot"]
forecast.alarm.value_counts().plot.pie()

# %% tags=["drop"]
datetime.now()

# %% tags=["drop"]
# import requests
# requests.post("http://10.0.0.7/alarm", json=forecast.to_dict())
