# %% [markdown]
# **Who survives the probation period?** Competition-style: train.csv, test.csv, a submission

# %% tags=["setup"]
import numpy as np # linear algebra
import pandas as pd # data processing
import seaborn as sns
import matplotlib.pyplot as plt
# %matplotlib inline
from sklearn.preprocessing import LabelEncoder
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from lightgbm import LGBMClassifier

# %% tags=["drop"]
import os
for dirname, _, filenames in os.walk('/kaggle/input'):
    for filename in filenames:
        print(os.path.join(dirname, filename))

# %% tags=["data:train"]
train_df = pd.read_csv('/kaggle/input/staff/train.csv')

# %% tags=["data:test"]
test_df = pd.read_csv('/kaggle/input/staff/test.csv')

# %% tags=["drop"]
train_df.head(10)

# %% tags=["drop"]
print('train', train_df.shape, 'test', test_df.shape)
train_df.info()
print('_' * 40)
test_df.info()

# %% tags=["drop"]
total = train_df.isnull().sum().sort_values(ascending=False)
percent = (train_df.isnull().mean() * 100).sort_values(ascending=False)
pd.concat([total, percent], axis=1, keys=['Total', '%'])

# %% tags=["plot"]
sns.countplot(x='Stayed', data=train_df)

# %% tags=["plot"]
f, ax = plt.subplots(1, 2, figsize=(18, 8))
train_df['Stayed'].value_counts().plot.pie(autopct='%1.1f%%', ax=ax[0])
sns.countplot(x='Department', hue='Stayed', data=train_df, ax=ax[1])
plt.show()

# %% tags=["drop"]
train_df[['Department', 'Stayed']].groupby(['Department'], as_index=False).mean().sort_values(by='Stayed')

# %% tags=["plot"]
g = sns.FacetGrid(train_df, col='Stayed')
g.map(plt.hist, 'Age', bins=20)

# %% tags=["drop"]
pd.crosstab(train_df.Grade, train_df.Stayed, margins=True)

# %% tags=["rows"]
ids = test_df['Id']
n_train = len(train_df)
all_data = pd.concat([train_df, test_df], sort=False).reset_index(drop=True)

# %% tags=["target"]
y_train = train_df['Stayed'].values

# %% tags=["features"]
all_data['Title'] = all_data['Name'].str.extract(r' ([A-Za-z]+)\.', expand=False)
all_data['Title'] = all_data['Title'].replace(['Dr', 'Prof'], 'Academic').fillna('None')

# %% tags=["drop"]
all_data.Title.value_counts()

# %% tags=["features"]
all_data['Age'] = all_data.groupby('Title')['Age'].transform(lambda x: x.fillna(x.median()))

# %% tags=["features"]
def band(x):
    if x <= 25: return 0
    if x <= 40: return 1
    return 2

all_data['AgeBand'] = all_data['Age'].apply(band)

# %% tags=["features"]
for col in ['Department', 'Title', 'Grade']:
    all_data[col] = LabelEncoder().fit_transform(all_data[col].astype(str))

# %% tags=["features"]
all_data.drop(['Name', 'Id', 'Stayed'], axis=1, inplace=True)

# %% tags=["drop"]
all_data.head()

# %% tags=["plot"]
plt.figure(figsize=(14, 12))
sns.heatmap(all_data.astype(float).corr(), annot=True)

# %% tags=["train"]
X_train = all_data[:n_train]
X_test = all_data[n_train:]
X_train.shape, y_train.shape, X_test.shape

# %% tags=["setup"]
kfold = StratifiedKFold(n_splits=5, shuffle=True, random_state=2)

# %% tags=["drop"]
classifiers = {'logreg': LogisticRegression(max_iter=1000), 'knn': KNeighborsClassifier(3), 'svc': SVC()}
results = {}
for name, clf in classifiers.items():
    results[name] = cross_val_score(clf, X_train, y_train, cv=kfold, scoring='accuracy').mean()
print(results)

# %% tags=["plot"]
sns.barplot(x=list(results.values()), y=list(results.keys()))

# %% tags=["train"]
final = LGBMClassifier(n_estimators=100, num_leaves=15, random_state=2)
final.fit(X_train, y_train)

# %% tags=["evaluate"]
cv = cross_val_score(final, X_train, y_train, cv=kfold, scoring='accuracy')
print('%.4f +/- %.4f' % (cv.mean(), cv.std()))

# %% tags=["plot"]
pd.Series(final.feature_importances_, X_train.columns).sort_values().plot(kind='barh')

# %% tags=["predict"]
submission = pd.DataFrame({'Id': ids, 'Stayed': final.predict(X_test)})

# %% tags=["predict"]
submission.to_csv('submission.csv', index=False)

# %% tags=["drop"]
submission.head()
