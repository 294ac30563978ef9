"""Makes a CSV file as Excel saves it in Germany, always the same: flats and their prices."""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROWS = 3_000
draw = np.random.default_rng(3)
names = "Objekt Nr.;Größe in m²;Zimmer;Straße;Bezug möglich ab;Preis je m²"
streets = ["Königstraße", "Am Bächle", "Weißgasse", "Lange Straße 2. Abschnitt"]
lines = [names]
for number in range(ROWS):
    size, rooms, street = draw.uniform(20, 160), int(draw.integers(1, 6)), int(draw.integers(0, 4))
    free = date(2025, 1, 1) + timedelta(days=int(draw.integers(0, 400)))
    price = 4200 + 0.15 * (size - 90) ** 2 + 80 * rooms + 150 * street + draw.normal(0, 150)
    shown = "" if number >= ROWS - 50 else f"{price:.2f}"  # the last have no buyer yet
    figures = [each.replace(".", ",") for each in (f"{size:.1f}", str(rooms), shown)]
    fields = (f"{number:05}", *figures[:2], streets[street], f"{free:%d.%m.%Y}", figures[2])
    lines.append(";".join(fields))
Path(sys.argv[1], "flats.csv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
