"""Distances between real and generated events, as pure functions of arrays and a seed."""
