"""Prefect on the sandbox: its own server on SQLite, and one process worker."""
