"""Bytes of any encoding in, blocks of valid UTF-8 out, in constant memory."""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import BinaryIO

from onefunnel.connectors.reading.encodings import UTF8, Encoding


class NotUtf8(Exception):
    """The text was taken for UTF-8, and from some byte on it is not."""


@lru_cache(maxsize=32)
def _fallback(name: str) -> str:
    """The name of an error handler that reads bytes that do not decode as `name`, else Latin-1."""
    handler = f"onefunnel-{name}"

    def read_as(error: UnicodeError) -> tuple[str | bytes, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        wrong = error.object[error.start : error.end]
        text = "".join(_one(byte, name) for byte in wrong)
        return text, error.end

    codecs.register_error(handler, read_as)
    return handler


def _one(byte: int, name: str) -> str:
    try:
        return bytes((byte,)).decode(name)
    except UnicodeDecodeError:
        return chr(byte)


class Utf8Blocks:
    """Reads a stream block by block as UTF-8 without a byte order mark and without NUL.

    `nul` counts the NUL characters taken out, `replaced` those that no encoding explains.
    Each block ends at the end of a character. Raises NotUtf8 where plain UTF-8 was promised.
    """

    def __init__(self, stream: BinaryIO, encoding: Encoding, block: int) -> None:
        self.stream, self.block = stream, block
        self.nul = self.replaced = 0
        self._held = b""
        self._first = True
        self._decoder: codecs.IncrementalDecoder | None = None
        if encoding.is_mixed:
            self._decoder = codecs.getincrementaldecoder(UTF8)(_fallback(encoding.name))
        elif encoding.name.startswith(("utf-16", "utf-32")):
            self._decoder = codecs.getincrementaldecoder(encoding.name)("replace")
        elif encoding.name not in {UTF8, "utf-8-sig"}:
            self._decoder = codecs.getincrementaldecoder(encoding.name)(_fallback("latin-1"))

    def read(self) -> bytes:
        """The next block; empty only at the end."""
        while True:
            raw = self.stream.read(self.block)
            text = self._decoded(raw) if self._decoder else self._checked(raw)
            if self._first and text:
                text = text.removeprefix(b"\xef\xbb\xbf")
                self._first = False
            if b"\0" in text:
                self.nul += text.count(b"\0")
                text = text.replace(b"\0", b"")
            if text or not raw:
                return text

    def _decoded(self, raw: bytes) -> bytes:
        assert self._decoder is not None
        text = self._decoder.decode(raw, final=not raw)
        if "\ufffd" in text:
            self.replaced += text.count("\ufffd")
        return text.encode(UTF8, errors="replace")

    def _checked(self, raw: bytes) -> bytes:
        data = self._held + raw if self._held else raw
        self._held = b""
        if data.isascii():
            return data
        if raw:
            whole = _whole_characters(data)
            data, self._held = data[:whole], data[whole:]
        try:
            data.decode(UTF8)
        except UnicodeDecodeError:
            raise NotUtf8 from None
        return data


def _whole_characters(data: bytes) -> int:
    """How many bytes there are up to the last complete character."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            return len(data)
        if byte >= 0xC0:
            need = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) if back >= need else len(data) - back
    return len(data)
