"""Proof of what the models decide."""
