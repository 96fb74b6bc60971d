"""A shop's own side of a person: made when that person first orders there; no shop sees another's."""
