# %% tags=["setup"]
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split, cross_val_score, GridSearchCV

sns.set_theme()

# %% tags=["setup"]
SEED = 42
TEST = 0.25

# %% [markdown]
# # Diabetes progression
# Which patients get worse within a year? Data: 442 patients.

# %% tags=["data:diabetes"]
raw = load_diabetes(as_frame=True, scaled=False)
d = raw.frame.copy()

# %% tags=["drop"]
print(raw.DESCR[:500])

# %% tags=["drop"]
d

# %% tags=["drop"]
d.dtypes

# %% tags=["data:diabetes"]
d.columns = [c.upper() if c.startswith("s") and c != "sex" else c for c in d.columns]
d = d.rename(columns={"S1": "tc", "S2": "ldl", "S3": "hdl", "S4": "tch", "S5": "ltg", "S6": "glu"})

# %% tags=["data:diabetes"]
d["sex"] = d["sex"].map({1.0: "f", 2.0: "m"})
d.insert(0, "patient", ["P%03d" % i for i in range(len(d))])

# %% tags=["drop"]
d.head()

# %% tags=["drop"]
d.describe().T

# %% tags=["plot"]
sns.histplot(d.target)
plt.show()

# %% tags=["plot"]
sns.pairplot(d[["age", "bmi", "bp", "target"]])

# %% tags=["plot"]
for c in ["age", "bmi", "bp"]:
    plt.figure()
    plt.scatter(d[c], d.target, s=4)
    plt.title(c)

# %% tags=["drop"]
d.groupby("sex").target.mean()

# %% tags=["data:diabetes"]
# implausible blood pressure
d.loc[d.bp < 50, "bp"] = np.nan
d = d.drop_duplicates()

# %% tags=["drop"]
(d.bp.isnull()).sum()

# %% [markdown]
# ### rows
# only adults

# %% tags=["rows"]
adults = d[d.age >= 20]
print(len(d) - len(adults), "dropped")

# %% tags=["rows"]
adults = adults.query("bmi < 45").reset_index(drop=True)

# %% tags=["target"]
adults["worse"] = np.log(adults.target)

# %% tags=["plot"]
sns.kdeplot(adults["worse"])

# %% [markdown]
# ### features

# %% tags=["features"]
def add_ratios(t):
    t = t.copy()
    t["ratio"] = t.tc / t.hdl
    t["ldl_share"] = t.ldl / t.tc
    return t

# %% tags=["features"]
feat = add_ratios(adults)

# %% tags=["drop"]
feat.ratio.describe()

# %% tags=["features"]
feat["obese"] = (feat.bmi > 30).astype(int)
feat["old"] = np.where(feat.age > 60, 1, 0)

# %% tags=["features"]
feat["bp"] = feat["bp"].fillna(feat["bp"].mean())
feat["male"] = (feat.sex == "m").astype(int)

# %% tags=["plot"]
sns.heatmap(feat.drop(columns=["patient", "sex"]).corr(), cmap="vlag")

# %% tags=["features"]
FEATURES = ["age", "male", "bmi", "bp", "tc", "ldl", "hdl", "ltg", "glu", "ratio", "ldl_share", "obese", "old"]
X = feat[FEATURES]
y = feat["worse"]

# %% tags=["drop"]
X.shape, y.shape

# %% tags=["train"]
X_tr, X_te, y_tr, y_te = train_test_split(X, y, test_size=TEST, random_state=SEED)

# %% [markdown]
# ### models

# %% tags=["drop"]
lin = LinearRegression()
lin.fit(X_tr, y_tr)
print("linear", lin.score(X_te, y_te))

# %% tags=["drop"]
cross_val_score(LinearRegression(), X, y, cv=5).mean()

# %% tags=["drop"]
# %%time
rf = RandomForestRegressor(n_estimators=20, random_state=SEED).fit(X_tr, y_tr)
print("forest", rf.score(X_te, y_te))

# %% tags=["train"]
grid = GridSearchCV(Ridge(), {"alpha": [0.1, 1, 10, 100]}, cv=5)
grid.fit(X_tr, y_tr)
best = grid.best_estimator_

# %% tags=["drop"]
grid.best_params_

# %% tags=["plot"]
pd.Series(best.coef_, index=FEATURES).sort_values().plot.barh()
plt.tight_layout()

# %% tags=["evaluate"]
pred = best.predict(X_te)
mae = mean_absolute_error(y_te, pred)
r2 = r2_score(y_te, pred)
mae, r2

# %% tags=["evaluate"]
base = mean_absolute_error(y_te, np.full(len(y_te), y_tr.mean()))
print(f"baseline {base:.3f}")

# %% tags=["plot"]
plt.plot(y_te, pred, ".")
plt.plot([3, 6], [3, 6])

# %% tags=["evaluate"]
err = pd.DataFrame({"obese": X_te.obese, "err": (y_te - pred).abs()})
by_obese = err.groupby("obese").err.mean()
by_obese

# %% tags=["drop"]
# gb = GradientBoostingRegressor().fit(X_tr, y_tr)
# gb.score(X_te, y_te)

# %% tags=["predict"]
new = feat[FEATURES].tail(20)
out = feat[["patient"]].tail(20).copy()
out["score"] = np.exp(best.predict(new))

# %% tags=["drop"]
out

# %% tags=["predict"]
TOP = 5
top = out.sort_values("score", ascending=False).head(TOP)

# %% tags=["drop"]
# %%bash
# ls -la

# %% tags=["drop"]
# import pickle
# pickle.dump(best, open("model.pkl", "wb"))
