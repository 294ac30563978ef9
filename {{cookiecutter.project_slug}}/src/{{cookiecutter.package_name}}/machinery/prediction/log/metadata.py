"""What every table of the prediction log shares."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData()

Time = sa.DateTime(timezone=True)  # UTC; SQLite keeps no zone

INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
