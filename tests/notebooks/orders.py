# %% tags=["setup"]
import os
import pandas as pd
import numpy as np
import seaborn as sns
import sqlite3
from sqlalchemy import create_engine, text
import matplotlib.pyplot as plt
from xgboost import XGBRegressor
import datetime as dt

# %% tags=["setup"]
sns.set(style="whitegrid", rc={"figure.figsize": (10, 4)})
pd.options.display.float_format = "{:,.2f}".format

# %% [markdown]
# # Basket value of the next month
# Sources: warehouse (Postgres), the CRM export (sqlite), public holidays and exchange rates from the web

# %% tags=["setup"]
engine = create_engine(os.environ["WAREHOUSE_URL"])
crm = sqlite3.connect("../crm_2023.db")
START, END = "2022-01-01", "2023-07-01"

# %% tags=["drop"]
pd.read_sql("select table_name from information_schema.tables", engine)

# %% tags=["drop"]
pd.read_sql_query("PRAGMA table_info(customers)", crm)

# %% tags=["data:orders"]
q = """
select o.order_id, o.customer_id, o.created_at, o.currency, sum(l.price * l.quantity) as value, count(*) as lines
from sales.orders o
join sales.lines l using (order_id)
where o.created_at between %(start)s and %(end)s and o.status <> 'cancelled'
group by 1, 2, 3, 4
"""

# %% tags=["data:orders"]
orders = pd.read_sql(q, engine, params={"start": START, "end": END}, parse_dates=["created_at"])

# %% tags=["drop"]
orders.head()

# %% tags=["drop"]
orders.describe(percentiles=[.01, .5, .99])

# %% tags=["plot"]
sns.histplot(x=np.log1p(orders["value"]), bins=60)
plt.title("log basket value");

# %% tags=["data:orders"]
orders = orders[orders["value"].between(1, 5000)]
orders["month"] = orders["created_at"].dt.to_period("M").dt.to_timestamp()

# %% [markdown]
# #### exchange rates
# ECB, monthly

# %% tags=["data:rates"]
url = "https://data.example.org/ecb/rates.csv?freq=M"
rates = pd.read_csv(url, sep=";", decimal=",", parse_dates=["month"])
rates.tail(3)

# %% tags=["data:rates"]
rates = rates.melt(id_vars="month", var_name="currency", value_name="rate").dropna()

# %% tags=["plot"]
g = sns.relplot(data=rates[rates.currency.isin(["USD", "GBP", "CHF"])], x="month", y="rate", hue="currency", kind="line")
g.fig.suptitle("rates")

# %% tags=["data:customers"]
customers = pd.read_sql_query(
    "select id as customer_id, birth_year, city, segment, signup from customers where deleted = 0", crm, parse_dates=["signup"]
)

# %% tags=["drop"]
customers.segment.value_counts(dropna=False)

# %% tags=["drop"]
# %timeit customers.merge(orders, on="customer_id")

# %% tags=["data:customers"]
customers["segment"] = customers["segment"].fillna("unknown").str.lower().str.strip()
customers.loc[~customers.birth_year.between(1920, 2010), "birth_year"] = np.nan

# %% tags=["plot"]
sns.countplot(data=customers, y="segment", order=customers.segment.value_counts().index)

# %% tags=["data:holidays"]
holidays = pd.concat(
    pd.read_json(f"https://date.example.org/api/v3/PublicHolidays/{year}/DE") for year in (2022, 2023)
)
holidays["date"] = pd.to_datetime(holidays["date"])

# %% tags=["data:holidays"]
holidays = holidays.set_index("date").resample("MS").size().rename("n_holidays").reset_index()

# %% tags=["drop"]
holidays

# %% [markdown]
# #### combine
# everything in EUR. One row = customer x month

# %% tags=["rows"]
orders = orders.merge(rates, on=["month", "currency"], how="left")
orders["eur"] = orders["value"] / orders["rate"].fillna(1.0)

# %% tags=["drop"]
orders[orders.rate.isna() & (orders.currency != "EUR")]

# %% tags=["rows"]
monthly = (
    orders.groupby(["customer_id", "month"], as_index=False)
    .agg(eur=("eur", "sum"), n_orders=("order_id", "nunique"), n_lines=("lines", "sum"))
)

# %% tags=["rows"]
grid = pd.MultiIndex.from_product([monthly.customer_id.unique(), pd.date_range(START, END, freq="MS")], names=["customer_id", "month"])
panel = monthly.set_index(["customer_id", "month"]).reindex(grid, fill_value=0).reset_index()

# %% tags=["plot"]
sns.lineplot(data=panel, x="month", y="eur", errorbar=None)
plt.xticks(rotation=45)

# %% tags=["rows"]
panel = panel.merge(customers, on="customer_id", how="inner").merge(holidays.rename(columns={"date": "month"}), on="month", how="left")
panel = panel[panel.month >= panel.signup]

# %% tags=["rows"]
panel = panel.sort_values(["customer_id", "month"])
for k in (1, 2, 3):
    panel[f"eur_lag{k}"] = panel.groupby("customer_id")["eur"].shift(k)
panel["eur_mean6"] = panel.groupby("customer_id")["eur"].transform(lambda s: s.shift().rolling(6, min_periods=1).mean())

# %% tags=["target"]
panel["next_eur"] = panel.groupby("customer_id")["eur"].shift(-1)

# %% tags=["drop"]
panel.query("customer_id == 1017")

# %% tags=["plot"]
sns.jointplot(data=panel.sample(5000, random_state=3), x="eur", y="next_eur", kind="hex")

# %% tags=["features"]
panel["age"] = panel["month"].dt.year - panel["birth_year"]
panel["tenure"] = (panel["month"] - panel["signup"]).dt.days / 30.4
panel["december"] = panel["month"].dt.month.eq(12).astype(int)

# %% tags=["features"]
top_cities = panel["city"].value_counts().head(10).index
panel["city"] = panel["city"].where(panel["city"].isin(top_cities), "other")
panel = pd.get_dummies(panel, columns=["city", "segment"], dtype=float)

# %% tags=["drop"]
panel.columns.tolist()

# %% tags=["plot"]
sns.heatmap(panel.select_dtypes("number").corr(), center=0)

# %% tags=["features"]
predictors = [c for c in panel if c not in ("customer_id", "month", "signup", "birth_year", "next_eur")]

# %% tags=["train"]
known = panel.dropna(subset=["next_eur"])
fit = known[known.month < "2023-03-01"]
valid = known[known.month >= "2023-03-01"]
len(fit), len(valid)

# %% tags=["train"]
# %%time
booster = XGBRegressor(n_estimators=300, max_depth=4, learning_rate=0.05, subsample=0.8, random_state=0)
booster.fit(fit[predictors], np.log1p(fit["next_eur"]))

# %% tags=["drop"]
booster.get_params()

# %% tags=["plot"]
imp = pd.Series(booster.feature_importances_, predictors).nlargest(15)
sns.barplot(x=imp.values, y=imp.index)

# %% tags=["evaluate"]
yhat = np.expm1(booster.predict(valid[predictors]))
mae = (valid["next_eur"] - yhat).abs().mean()
wape = (valid["next_eur"] - yhat).abs().sum() / valid["next_eur"].sum()
print(f"MAE {mae:.2f} WAPE {wape:.1%}")

# %% tags=["evaluate"]
naive = (valid["next_eur"] - valid["eur"]).abs().mean()
print("naive", naive, "better by", 1 - mae / naive)

# %% tags=["plot"]
sns.regplot(x=yhat, y=valid["next_eur"], scatter_kws={"s": 2})

# %% tags=["evaluate"]
deciles = valid.assign(yhat=yhat, decile=pd.qcut(yhat, 10, labels=False, duplicates="drop")).groupby("decile")[["yhat", "next_eur"]].mean()
deciles

# %% tags=["plot"]
deciles.plot(marker="o")

# %% tags=["predict"]
current = panel[panel.month == panel.month.max()]
forecast = current[["customer_id", "month"]].assign(expected=np.expm1(booster.predict(current[predictors])))

# %% tags=["predict"]
forecast["campaign"] = forecast["expected"] < forecast["expected"].quantile(0.2)

# %% tags=["drop"]
forecast.to_sql("campaign_candidates", engine, schema="sandbox", if_exists="replace", index=False)

# %% tags=["drop"]
crm.close()
