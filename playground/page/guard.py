"""What keeps the page to the person at this machine: its address, and what a browser may do with it.

A web page elsewhere can make a browser ask 127.0.0.1, also under a name of its own (DNS rebinding). So the Host header must
name this address, whatever changes something must come from this page (Origin) as JSON, which no form can send, and nothing
but this page's own files runs: https://www.w3.org/TR/CSP3/, with Trusted Types, so that HTML becomes elements at one place.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

_RULES = {
    "default-src": "'none'",
    **dict.fromkeys(("script-src", "style-src", "img-src", "connect-src"), "'self'"),
    **dict.fromkeys(("base-uri", "form-action", "frame-ancestors"), "'none'"),
    "require-trusted-types-for": "'script'",
    "trusted-types": "playground",
}
POLICY = "; ".join(f"{name} {value}" for name, value in _RULES.items())
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer only what was meant for this page. 421: another host; 403: another origin; 415: no JSON."""
    socket = request.get_extra_info("sockname")
    names = {f"127.0.0.1:{socket[1]}", f"localhost:{socket[1]}"}
    if request.host not in names:
        return web.Response(status=421, text="This page answers at 127.0.0.1 only.\n")
    if request.method == "POST":
        if request.headers.get("Origin") != f"http://{request.host}":
            return web.Response(status=403, text="Only the page itself may ask this.\n")
        if request.content_type != "application/json":
            return web.Response(status=415, text="JSON is needed.\n")
    return await handler(request)


async def sign(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, before a stream begins, too."""
    response.headers.update(HEADERS)
