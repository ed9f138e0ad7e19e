"""The investment policy as rules that a proposal must pass."""
