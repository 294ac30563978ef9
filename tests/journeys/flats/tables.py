"""Makes a CSV file as Excel saves it in Germany, always the same: flats and how they sold."""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROWS = 3_000
draw = np.random.default_rng(3)
names = "Objekt Nr.;Größe in m²;Zimmer;Straße;Bezug möglich ab;Verkauf"
streets = ["Königstraße", "Am Bächle", "Weißgasse", "Lange Straße 2. Abschnitt"]
lines = [names]
for number in range(ROWS):
    size, rooms, street = draw.uniform(20, 160), int(draw.integers(1, 6)), int(draw.integers(0, 4))
    free = date(2025, 1, 1) + timedelta(days=int(draw.integers(0, 400)))
    weeks = 2 + 0.001 * (size - 30 * rooms) ** 2 * (1 + street) + draw.gamma(2, 5)
    sale = "zügig" if weeks < 11 else "zögerlich" if weeks < 20 else "gar nicht"
    shown = "" if number >= ROWS - 50 else sale  # the last are still for sale
    figure = f"{size:.1f}".replace(".", ",")
    fields = (f"{number:05}", figure, str(rooms), streets[street], f"{free:%d.%m.%Y}", shown)
    lines.append(";".join(fields))
Path(sys.argv[1], "flats.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
