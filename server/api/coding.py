"""Compression both ways, by zstd where the other side can, by gzip otherwise.

A server says which codings of a request it reads by `Accept-Encoding` in its answers (RFC 7694): a
station never compresses for a server that did not say so.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

from backports import zstd
from flask import Response, current_app, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

CODINGS: Final = ("zstd", "gzip")
"""The better one first."""
_WORTH_BYTES: Final = 500
_GZIP: Final = zlib.MAX_WBITS | 16
_GZIP_LEVEL: Final = 5


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def body() -> bytes:
    """What was sent, unfolded. Raises the problems of HTTP: 400, 413, 415."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    sent = request.get_data(cache=False)
    if coding == "identity":
        return sent
    largest = current_app.config["MAX_CONTENT_LENGTH"]
    try:
        found = _unfold(coding, sent, largest + 1)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise BadRequest("the body is not what its Content-Encoding says") from error
    if len(found) > largest:
        raise RequestEntityTooLarge
    return found


def _unfold(coding: str, sent: bytes, most: int) -> bytes:
    """At most so many bytes come out, however much was folded into few."""
    if coding == "gzip":
        return zlib.decompressobj(_GZIP).decompress(sent, most)
    if coding == "zstd":
        return zstd.ZstdDecompressor().decompress(sent, most)
    raise UnsupportedMediaType(f"Content-Encoding is none of {', '.join(CODINGS)}")


def fold(answer: Response) -> Response:
    """Compress an answer as the caller accepts it, and say what may be sent."""
    answer.headers["Accept-Encoding"] = ", ".join(CODINGS)
    answer.vary.add("Accept-Encoding")
    coding = request.accept_encodings.best_match(CODINGS)
    small = not answer.is_streamed and (answer.content_length or 0) < _WORTH_BYTES
    if coding is None or small or "Content-Encoding" in answer.headers:
        return answer
    if answer.is_streamed:
        answer.response = _flowing(answer.iter_encoded(), coding)
    else:
        answer.set_data(folded(answer.get_data(), coding))
    answer.headers["Content-Encoding"] = coding
    return answer


def folded(data: bytes, coding: str) -> bytes:
    """Bytes in one of our codings."""
    return gzip.compress(data, _GZIP_LEVEL) if coding == "gzip" else zstd.compress(data)


def _flowing(parts: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """Compress what is made while it is sent."""
    compressor: _Compressor = (
        zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP) if coding == "gzip" else zstd.ZstdCompressor()
    )
    for part in parts:
        if some := compressor.compress(part):
            yield some
    yield compressor.flush()
