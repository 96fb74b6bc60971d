"""A stand-in for the mail server: takes every mail, delivers none, and shows them on a page."""

from tests.simulators.mail.server import MailStandIn

__all__ = ["MailStandIn"]
