"""What a user would pick instead: short implementations of published ideas, and the judge.

Nothing here is code of the systems named; each module says whose idea it follows.
"""
