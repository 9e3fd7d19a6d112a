"""QR codes for links that are printed or shown on one phone and opened on another."""

import segno


def as_picture(link: str) -> str:
    """An address for an <img>: the picture itself, so that no file or route ever holds the link."""
    return str(segno.make(link, micro=False).svg_data_uri(scale=4, border=2))
