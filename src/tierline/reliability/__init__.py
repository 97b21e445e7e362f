"""How far each scorer is to be trusted: measured on the labeled calibration set, weighed, combined."""
