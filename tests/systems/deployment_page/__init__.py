"""Tests of the deployment page."""
