"""Weights from risk: the only room that knows cvxpy."""
