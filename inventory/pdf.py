"""HTML to PDF by WeasyPrint, without any access to network or files."""

import threading

# WeasyPrint needs some hundred MB for a long table and does not promise to be thread-safe.
ONE_AT_A_TIME = threading.Lock()


class PdfUnavailable(Exception):
    """This machine lacks what PDF needs; the message says what to install."""


def render_pdf(html: str) -> bytes:
    """The document as PDF. Raises PdfUnavailable where Pango is missing."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError:
        raise PdfUnavailable(
            "PDF needs the Pango library, which is missing here. On Debian: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk. XLSX works without."
        ) from None
    with ONE_AT_A_TIME:
        return bytes(HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf())
