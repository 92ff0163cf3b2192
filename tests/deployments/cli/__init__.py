"""Tests of the `credex` command."""
