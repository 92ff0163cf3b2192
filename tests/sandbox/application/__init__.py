"""Tests of the stand-in application."""
