"""The command line: what an operator, a developer and CI type (`./galleria --help`)."""
