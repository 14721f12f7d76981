"""An SVG as PNG, through resvg: the extra `png`."""

from __future__ import annotations

from explorer.errors import ExplorerError

__all__ = ["png"]

_ZOOM = 2.0  # 192 dpi: sharp on paper and on a dense screen


def png(svg_text: str) -> bytes:
    """Render an SVG in its light colours; ExplorerError where resvg_py is not installed."""
    try:
        import resvg_py
    except ImportError as error:
        raise ExplorerError(
            "a PNG needs resvg_py, which is not installed: pip install 'packet-path-explorer[png]'"
        ) from error
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg_text, zoom=_ZOOM, sans_serif_family="DejaVu Sans", font_family="DejaVu Sans"
        )
    )
