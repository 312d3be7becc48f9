"""The seats stage: rooms, chains to rooms, neighbours, then who sits where."""
