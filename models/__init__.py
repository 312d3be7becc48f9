"""Pure types: what an exam, a place, a candidate row, a policy and a plan *are*.

Imports pydantic and the standard library only.
"""
