"""Proof that the system does what it says; the folders mirror the packages."""
