"""Sweeps are runs of studies: which runs these are made of, where they are lived and how they are kept."""
