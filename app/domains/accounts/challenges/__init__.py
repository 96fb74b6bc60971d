"""Challenges where programs come (sign-up, sign-in after failures): one answer, once, in time."""
