"""Proves our access to GitHub against the stand-in, its troubles included."""
