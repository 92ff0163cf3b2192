"""Prefect on the sandbox: its own server and process workers, in the shape of one machine or of a team."""
