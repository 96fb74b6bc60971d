"""Whom we tell what, by mail. The words are the faces' business, the sending a gateway's."""
