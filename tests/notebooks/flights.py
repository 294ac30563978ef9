# %% [markdown]
# # Late flights
# First try, Jan. **TODO** clean up before the meeting

# %% tags=["drop"]
# !pip list | grep pandas

# %% tags=["setup"]
import pandas as pd
import numpy as np
import matplotlib.pyplot as plt
# %matplotlib inline
import warnings
warnings.filterwarnings("ignore")

# %% tags=["setup"]
pd.set_option("display.max_columns", 100)
DATA = "../../data/external/"
LATE = 30
np.random.seed(7)

# %% [markdown]
# ## Flights
# One row per flight, from the airports' open data. Cancelled flights have no delay.

# %% tags=["data:flights"]
df = pd.read_parquet(DATA + "flights.parquet")

# %% tags=["drop"]
df.head()

# %% tags=["drop"]
df.info()

# %% tags=["drop"]
df.isna().sum()

# %% tags=["data:flights"]
df["dep"] = df["time_hour"] + pd.to_timedelta(df["sched_dep_time"] % 100, unit="min")
df = df.sort_values(["dep", "carrier", "flight", "origin"]).reset_index(drop=True)

# %% tags=["data:flights"]
df["key"] = df.carrier + df.flight.astype(str) + "-" + df.origin + "-" + df.dep.dt.strftime("%Y%m%dT%H%M")
df = df.drop_duplicates("key")
df.shape

# %% tags=["plot"]
df.arr_delay.hist(bins=60)
plt.xlabel("minutes")

# %% tags=["plot"]
fig, ax = plt.subplots(figsize=(10, 4))
df.groupby("origin").arr_delay.mean().plot.bar(ax=ax)
ax.set_title("delay by airport")

# %% [markdown]
# ## Weather

# %% tags=["data:weather"]
w = pd.read_parquet(DATA + "weather.parquet")
w = w.drop_duplicates(["origin", "time_hour"])

# %% tags=["drop"]
w.describe()

# %% tags=["data:weather"]
# gusts are missing when there is no gust
w["wind_gust"] = w["wind_gust"].fillna(w["wind_speed"])
w = w[["origin", "time_hour", "temp", "precip", "wind_speed", "wind_gust", "visib"]]

# %% tags=["drop"]
# tmp
w[w.temp.isna()]

# %% [markdown]
# ## Planes

# %% tags=["data:planes"]
# %%time
planes = pd.read_parquet(DATA + "planes.parquet")
planes = planes.rename(columns={"year": "built"})[["tailnum", "built", "manufacturer", "engines", "seats"]]

# %% tags=["drop"]
planes.manufacturer.value_counts().head(20)

# %% tags=["data:planes"]
def fix(m):
    if "AIRBUS" in str(m):
        return "AIRBUS"
    if "MCDONNELL" in str(m):
        return "MCDONNELL"
    return m
planes["manufacturer"] = planes["manufacturer"].map(fix)

# %% [markdown]
# ## Join
# Weather of the hour of departure. Planes that we do not know stay missing.

# %% tags=["rows"]
all_ = df.merge(w, on=["origin", "time_hour"], how="left")
len(df), len(all_)

# %% tags=["rows"]
all_ = all_.merge(planes, on="tailnum", how="left")

# %% tags=["drop"]
all_.sample(3)

# %% tags=["rows"]
# cancelled
all_ = all_[all_.arr_delay.notna()]
all_ = all_.reset_index(drop=True)

# %% tags=["target"]
all_["late"] = (all_.arr_delay > LATE).astype(int)
all_.late.mean()

# %% [markdown]
# ## Features

# %% tags=["drop"]
def part_of_day(h):
    return "am" if h < 12 else "pm"

# %% tags=["features"]
def part_of_day(h):
    if h < 6:
        return "night"
    elif h < 12:
        return "morning"
    elif h < 18:
        return "afternoon"
    return "evening"

# %% tags=["features"]
all_["hour"] = all_.dep.dt.hour
all_["weekday"] = all_.dep.dt.weekday
all_["part"] = all_["hour"].apply(part_of_day)

# %% tags=["plot"]
all_.groupby("hour").late.mean().plot()
plt.show()

# %% tags=["features"]
all_["age"] = all_.dep.dt.year - all_.built
all_["age"] = all_["age"].fillna(all_["age"].median())
for c in ["temp", "precip", "wind_speed", "wind_gust", "visib", "seats"]:
    all_[c] = all_[c].fillna(-1)

# %% tags=["drop"]
# does not help
# all_["is_holiday"] = all_.dep.dt.date.isin(holidays)

# %% tags=["features"]
cols = ["hour", "weekday", "distance", "age", "temp", "precip", "wind_speed", "visib", "seats"]
X = pd.concat([all_[cols], pd.get_dummies(all_[["carrier", "origin", "part"]], dtype=float)], axis=1)
y = all_["late"]

# %% tags=["plot"]
corr = all_[cols].corr()
plt.matshow(corr)
plt.colorbar()

# %% [markdown]
# ## Model
# Train on the first three quarters of the time.

# %% tags=["train"]
cut = all_.dep.quantile(0.75)
train_rows = all_.dep < cut
X_train, X_test = X[train_rows], X[~train_rows]
y_train, y_test = y[train_rows], y[~train_rows]

# %% tags=["drop"]
print(X_train.shape, X_test.shape)

# %% tags=["drop"]
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier(max_depth=3).fit(X_train, y_train)
tree.score(X_test, y_test)

# %% tags=["train"]
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
model.fit(X_train, y_train)

# %% tags=["evaluate"]
from sklearn.metrics import roc_auc_score, log_loss
p = model.predict_proba(X_test)[:, 1]
auc = roc_auc_score(y_test, p)
loss = log_loss(y_test, p)
print("AUC", auc, "loss", loss)

# %% tags=["plot"]
plt.hist(p, bins=50)
plt.title("scores")

# %% tags=["evaluate"]
by_carrier = all_[~train_rows].assign(p=p).groupby("carrier")[["p", "late"]].mean()
by_carrier

# %% tags=["plot"]
by_carrier.plot.scatter("p", "late")

# %% [markdown]
# ## What would we have said?

# %% tags=["predict"]
scored = all_.loc[~train_rows, ["key", "dep"]].copy()
scored["score"] = p
scored["warn"] = scored["score"] > 0.3
scored.head(10)

# %% tags=["drop"]
scored.to_csv("/home/jan/Desktop/scored.csv") if False else None

# %% tags=["drop"]

