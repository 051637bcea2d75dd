"""The rules of comity as a good Mesa user would write them: one Python object per resident.

This is the peer and the oracle of comity's kernels. It shares their initial conditions (the synthetic residents,
their ties and the calendar of policy) and the registry of parameters, but no rule and no random number.
Politics, which is off by default, has no counterpart here.
"""

from plain_mesa.model import PlainModel

__all__ = ["PlainModel"]
