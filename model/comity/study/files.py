"""Where scripts of before read studies from; see `comity.sweeps.files`."""

from comity.sweeps.files import load_study, studies

__all__ = ["load_study", "studies"]
