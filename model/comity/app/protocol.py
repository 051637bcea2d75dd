"""The protocol, HTTP as uvicorn speaks it, for pages that say what they want and do not keep others waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

PATIENCE: Final = 15.0
"""Seconds within which a request has to arrive whole."""


class Timely(H11Protocol):
    """A connection that is closed when a request that was begun does not arrive in time."""

    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing any more."""
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; only a whole one ends the wait."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._arrived()
        elif self.deadline is None and self.transport.get_protocol() is self:
            self._expect()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; where it breaks off a request that was begun, there is nobody to answer."""
        if self.cycle is None or self.cycle.response_complete:
            super().send_400_response(msg)
        else:
            self.cycle.disconnected = True
            self.transport.close()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave the connection to the protocol of sockets, which looks after itself by pings."""
        self._arrived()
        super().handle_websocket_upgrade(event)

    def _expect(self) -> None:
        self.deadline = self.loop.call_later(PATIENCE, self.transport.abort)

    def _arrived(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
