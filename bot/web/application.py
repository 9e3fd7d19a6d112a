"""The web application that the whole service serves: the parts' routes, and what every answer has in common.

Run it with `web.AppRunner(application, access_log=None)`: requests are logged here, without addresses and queries.
"""

from collections.abc import Callable, Iterable, Sequence

from aiohttp import web

from bot.languages import Languages
from bot.web.access import note_access
from bot.web.assets import PREFIX, Assets
from bot.web.client_address import TRUSTED_PROXIES, networks
from bot.web.error_pages import answer_errors
from bot.web.probes import Ready, probes
from bot.web.security_headers import IS_PUBLISHED_OVER_HTTPS, add_security_headers
from bot.web.streams import STREAMS, Streams

MAX_BODY_BYTES = 1024**2  # A handler that takes files reads them in parts, which this does not touch.


def build_application(
    routes: Iterable[web.AbstractRouteDef],
    *,
    assets: Assets,
    languages: Languages,
    ready: Ready,
    public_url: str = "",
    trusted_proxies: Sequence[str] = (),
    setups: Iterable[Callable[[web.Application], None]] = (),
) -> web.Application:
    """Put the application together. `setups` get it once, for middlewares, signals and sub-applications of their own.

    `trusted_proxies` are addresses or networks whose `X-Forwarded-For` is believed; raises ValueError on anything else.
    """
    application = web.Application(
        middlewares=[note_access, answer_errors(assets, languages)], client_max_size=MAX_BODY_BYTES
    )
    streams = Streams()
    application[STREAMS] = streams
    application[TRUSTED_PROXIES] = networks(trusted_proxies)
    application[IS_PUBLISHED_OVER_HTTPS] = public_url.startswith("https://")
    application.on_response_prepare.append(add_security_headers)
    application.on_shutdown.append(streams.close)
    application.router.add_static(PREFIX, assets.folder)
    application.add_routes([*probes(ready), *routes])
    for setup in setups:
        setup(application)
    return application
