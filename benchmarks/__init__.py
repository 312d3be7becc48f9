"""Measurements: paikao beside a floor that is measured in the same run."""
