"""Tests of the corrections of moto."""
