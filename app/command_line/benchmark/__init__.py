"""`./galleria bench`: what our pages cost beside a floor, search in a large shop, many shops."""

from app.command_line.benchmark.command import bench

__all__ = ["bench"]
