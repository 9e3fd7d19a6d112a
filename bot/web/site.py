"""The web server: where the application listens."""

import socket

from aiohttp import web

from bot.errors import ConfigurationError


def bind(host: str, port: int) -> socket.socket:
    """Take the address, so that links can name it before anybody is answered there; with port 0 the system chooses one.

    Raises ConfigurationError where the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _cannot_listen(host, port, error) from error
    return bound


class Site:
    """One listening address, that `bind` took."""

    def __init__(self, application: web.Application, bound: socket.socket) -> None:
        # The application logs its requests itself.
        self._runner = web.AppRunner(application, access_log=None)
        self._bound = bound

    async def start(self) -> None:
        await self._runner.setup()
        await web.SockSite(self._runner, self._bound).start()

    async def stop(self) -> None:
        await self._runner.cleanup()


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Cannot listen on {host}:{port} ({error.strerror}). Is the service running already? "
        "CHIHOI_PORT sets another port."
    )
