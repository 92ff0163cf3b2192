"""Tests of the flows package that need nothing running."""
