"""Decides how far each scorer is trusted: measured on the labeled calibration set, weighted, combined."""
