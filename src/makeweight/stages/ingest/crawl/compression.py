"""Compressed answers: those that are cut short, and those in a compression that cannot be read here, are told."""

import zlib

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response

CUT = "compressed and cut short"
"""The flag of a response of which only a part came."""
GZIP = {b"gzip", b"x-gzip"}
MOST_UNPACKED = 1 << 20
"""Bytes that are unpacked at once to find the end."""


class CompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's middleware, which reads what came of a cut answer as if it were whole."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Unpack a response, and flag one that is cut short."""
        last = (response.headers.getlist("Content-Encoding") or [b""])[-1].strip().lower()
        cut = last in GZIP and is_cut(response.body)
        unpacked = super().process_response(request, response)
        if cut and isinstance(unpacked, Response):
            return unpacked.replace(flags=[*unpacked.flags, CUT])
        return unpacked


def is_cut(body: bytes) -> bool:
    """Return whether a gzip file lacks its end; one that is broken otherwise is none."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacker.decompress(body, MOST_UNPACKED)
        while unpacker.unconsumed_tail:
            unpacker.decompress(unpacker.unconsumed_tail, MOST_UNPACKED)
    except zlib.error:
        return False
    return bool(body) and not unpacker.eof
