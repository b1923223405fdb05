"""The clock by which work is shared out: the database's, since all who share it see the same."""

from __future__ import annotations

from sqlalchemy import Connection, text

LEASE_SECONDS = 60.0
NOW = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
    "postgresql": text("SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"),
}


class WorkClock:
    """Tells the time in seconds since 1970, and for how long (seconds) what is taken is one's own without another word."""

    def __init__(self, lease_seconds: float = LEASE_SECONDS) -> None:
        """By the database's clock."""
        self.lease_seconds = lease_seconds

    @property
    def poll_seconds(self) -> float:
        """How often to look what others do."""
        return min(1.0, self.lease_seconds / 10)

    def now(self, connection: Connection) -> float:
        """The time by the clock of the database."""
        moment: float = connection.execute(NOW[connection.dialect.name]).scalar_one()
        return moment
