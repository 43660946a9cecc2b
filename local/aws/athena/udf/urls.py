"""Parts of URLs, as Java's URI reads them, and percent-encoding."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

from local.aws.athena.udf.register import NotKnown, Refused, given

_PLAIN = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>\d{1,5}))?(?P<path>/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*)?"
    r"(?:\?(?P<query>[A-Za-z0-9\-._~!$&'()*+,;=:@/%?]*))?(?:#(?P<fragment>[A-Za-z0-9\-._~!$&'()*+,;=:@/%?]*))?"
)
_BAD = re.compile(r"[ <>\"{}|\\^`]")


@given("VARCHAR VARCHAR", "VARCHAR", may_be_null=True)
def url_part(url: str, part: str) -> str | None:
    """Return a part of a URL; null if it is not a URL, empty if it has no such part."""
    found = _PLAIN.fullmatch(url)
    if found is None or re.search(r"%(?![0-9A-Fa-f]{2})", url):
        if _BAD.search(url):
            return None
        raise NotKnown(f"the URL {url!r}")
    text = found[part]
    if text is None:
        return None if part == "port" else ""
    return unquote(text) if part in {"path", "query", "fragment"} else text


def unquote(text: str) -> str:
    """Return a text without percent-encoding."""
    if "%" not in text:
        return text
    raise NotKnown("a part of a URL with percent-encoding")


@given("VARCHAR VARCHAR", "VARCHAR", may_be_null=True)
def url_parameter(url: str, name: str) -> str | None:
    """Return the first value of a URL's parameter."""
    query: str | None = url_part(url, "query")
    if query is None:
        return None
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return value
    return None


@given("VARCHAR", "VARCHAR")
def url_encode(text: str) -> str:
    """Return url_encode."""
    return quote(text, safe="-_.*").replace("%20", "+").replace("~", "%7E")


@given("VARCHAR", "VARCHAR")
def url_decode(text: str) -> str:
    """Return url_decode."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Refused("INVALID_FUNCTION_ARGUMENT: Illegal hex characters in escape (%) pattern")
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeDecodeError as exc:
        raise NotKnown("url_decode of bytes that are not UTF-8") from exc
