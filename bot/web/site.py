"""The web server: where the application listens."""

from aiohttp import web

from bot.errors import ConfigurationError


class Site:
    """One listening address. With port 0 the system chooses one, and `address` tells it once the site has started."""

    def __init__(self, application: web.Application, host: str, port: int) -> None:
        # The application logs its requests itself.
        self._runner = web.AppRunner(application, access_log=None)
        self._host = host
        self._port = port

    @property
    def address(self) -> str:
        port = self._runner.addresses[0][1] if self._runner.addresses else self._port
        return f"http://{self._host}:{port}"

    async def start(self) -> None:
        """Raises ConfigurationError where the address cannot be listened on."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"Cannot listen on {self._host}:{self._port} ({error.strerror}). Is the service running already? "
                "CHIHOI_PORT sets another port."
            ) from error

    async def stop(self) -> None:
        await self._runner.cleanup()
