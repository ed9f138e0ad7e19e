"""The machine's clock."""

from datetime import UTC, datetime

__all__ = ["SystemClock"]


class SystemClock:
    """Tell the machine's time, in UTC.

    Examples
    --------
    >>> SystemClock().now().tzname()
    'UTC'
    """

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)
