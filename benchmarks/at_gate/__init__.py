"""What benchmarks/gate.py asks of the gate: the faults that it plants, and the models it judges."""
