"""Corrections of moto: one small module for each thing it gets wrong."""
