"""The centers stage: how many of each class go to which center, then who."""
