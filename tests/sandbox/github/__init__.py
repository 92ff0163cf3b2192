"""Proves that the stand-in answers as GitHub describes, and that git works with it."""
