"""Eases the gate in a params.yaml for the sample, where metrics vary by chance.

The limits suit the whole table; those that do not depend on the number of rows stay.
"""

import sys
from pathlib import Path

from ruamel.yaml import YAML

path = Path(sys.argv[1])
params = YAML().load(path)
params["gate"].update(
    floors={}, min_over_baseline=-1.0, max_above_validation=1.0, max_calibration_error=1.0
)
params["gate"]["max_below_champion"] = None
YAML().dump(params, path)
