"""Airflow, as the benchmark runs it: projects go in, their DAGs run."""
