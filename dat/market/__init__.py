"""Bars, panels and windows: what was known about prices, and when."""
