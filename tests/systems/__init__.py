"""Proof of the typed access to each system."""
