"""Draws SVG as PNG, which Slack shows, with the font that we ship: slim images have none, and text would vanish."""

from importlib.resources import as_file, files

_ZOOM = 2.0  # screens of phones and laptops have two pixels or more for one of ours


def png(svg: str) -> bytes:
    """Return the picture; some 50 ms of work. Raises ValueError for what is no SVG."""
    import resvg_py  # noqa: PLC0415 (14 MB of memory that only a process which draws needs)

    with as_file(files("handlers").joinpath("fonts/DejaVuSansMono.ttf")) as font:
        return bytes(
            resvg_py.svg_to_bytes(svg_string=svg, font_files=[str(font)], skip_system_fonts=True, zoom=_ZOOM),
        )
