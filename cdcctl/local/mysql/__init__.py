"""Where the local stack's MySQL comes from: one provider a module."""

from cdcctl.local.mysql.base import MySQLServer, Progress, Provider, Unavailable
from cdcctl.local.mysql.choice import NAMES, choose, stop

__all__ = ["NAMES", "MySQLServer", "Progress", "Provider", "Unavailable", "choose", "stop"]
