"""Numbers as Trino writes, reads, rounds and divides them."""

from __future__ import annotations

import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation

from local.aws.athena.udf.register import NotKnown, Refused, given

EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
_BITS = {"tinyint": 7, "smallint": 15, "integer": 31, "bigint": 63}
_WORDS = {"tinyint": "TINYINT", "smallint": "SMALLINT", "integer": "INT", "bigint": "BIGINT"}
_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?|[+-]?(?:NaN|Infinity)")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def java_double(value: float) -> str:
    """Return a double as Java's Double.toString writes it: 1.0, 1.0E7, NaN."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value) if "e" not in repr(value) else f"{value:f}"
    return _scientific(value)


def _scientific(value: float) -> str:
    mantissa, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


@given("DOUBLE", "VARCHAR")
def double_text(value: float) -> str:
    """Return CAST(double AS varchar): always with an exponent."""
    if math.isnan(value) or math.isinf(value):
        return java_double(value)
    return "0E0" if value == 0 and math.copysign(1, value) > 0 else "-0E0" if value == 0 else _scientific(value)


@given("VARCHAR INTEGER VARCHAR", "VARCHAR")
def fitting(text: str, size: int, problem: str) -> str:
    """Return a text that may not be longer than `size`."""
    if len(text) > size:
        raise Refused(problem)
    return text


@given("VARCHAR", "VARCHAR")
def with_zero(text: str) -> str:
    """Return a decimal's text with the 0 before its point."""
    return re.sub(r"^(-?)\.", r"\g<1>0.", text)


@given("VARCHAR VARCHAR", "BIGINT")
def whole_of_text(text: str, kind: str) -> int:
    """Return CAST(varchar AS a whole number): digits and a sign, nothing else."""
    value = int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None
    if value is None or not -(2 ** _BITS[kind]) <= value < 2 ** _BITS[kind]:
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to {_WORDS[kind]}")
    return value


@given("VARCHAR", "HUGEINT")
def whole_of_decimal(text: str) -> int:
    """Return a decimal rounded to a whole number, the half away from zero."""
    return int(Decimal(text).quantize(Decimal(1), ROUND_HALF_UP, EXACT))


@given("VARCHAR", "BOOLEAN")
def boolean_of_text(text: str) -> bool:
    """Return CAST(varchar AS boolean)."""
    found = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(text.lower())
    if found is None:
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to BOOLEAN")
    return found


@given("VARCHAR", "DOUBLE")
def double_of_text(text: str) -> float:
    """Return CAST(varchar AS double), as Java's Double.parseDouble reads it. DuckDB would take a NaN for null."""
    bare = text.strip("".join(map(chr, range(33))))
    if not _DOUBLE.fullmatch(bare):
        if bare[:3].lower().lstrip("+-").startswith("0x"):
            raise NotKnown("CAST of a hexadecimal text to double")
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to DOUBLE")
    return float(bare.rstrip("dDfF") if not bare.endswith("Infinity") else bare)


def fitted(value: Decimal, precision: int, scale: int, shown: str) -> str:
    """Return a number as text of a decimal type."""
    rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACT)
    if abs(rounded.scaleb(scale)) >= 10**precision:
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast {shown} to DECIMAL({precision}, {scale})")
    return f"{rounded:f}"


@given("VARCHAR INTEGER INTEGER", "VARCHAR")
def decimal_of_text(text: str, precision: int, scale: int) -> str:
    """Return CAST(varchar AS decimal): rounded, the half away from zero."""
    if not _DECIMAL.fullmatch(text):
        raise Refused(
            f"INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '{text}' to DECIMAL({precision}, {scale}). "
            "Value is not a number."
        )
    return fitted(_exact(text), precision, scale, f"VARCHAR '{text}'")


def _exact(text: str) -> Decimal:
    try:
        found = Decimal(text)
        if found and not -60 < found.adjusted() < 60:
            raise NotKnown("a number of that many digits")
    except InvalidOperation as exc:
        raise NotKnown("a number of that many digits") from exc
    return found


@given("DOUBLE INTEGER INTEGER", "VARCHAR")
def decimal_of_double(value: float, precision: int, scale: int) -> str:
    """Return CAST(double AS decimal): the digits that the double is written with, rounded."""
    if math.isnan(value) or math.isinf(value) or abs(value) >= 1e38:
        raise Refused(f"INVALID_CAST_ARGUMENT: Cannot cast DOUBLE '{value}' to DECIMAL({precision}, {scale})")
    return fitted(Decimal(repr(value)), precision, scale, f"DOUBLE '{value}'")


@given("VARCHAR VARCHAR INTEGER INTEGER", "VARCHAR")
def divide(left: str, right: str, precision: int, scale: int) -> str:
    """Return the quotient of decimals, rounded to the type's scale, the half away from zero."""
    if not Decimal(right):
        raise Refused("DIVISION_BY_ZERO: Division by zero")
    quotient = EXACT.divide(Decimal(left), Decimal(right))
    return fitted(quotient, precision, scale, "quotient")


@given("VARCHAR VARCHAR INTEGER", "VARCHAR")
def modulo(left: str, right: str, scale: int) -> str:
    """Return the remainder of decimals, with the sign of the dividend."""
    if not Decimal(right):
        raise Refused("DIVISION_BY_ZERO: Division by zero")
    found = EXACT.remainder(Decimal(left), Decimal(right))
    return f"{found.quantize(Decimal(1).scaleb(-scale), ROUND_DOWN, EXACT):f}"


@given("VARCHAR BIGINT INTEGER", "VARCHAR")
def average(total: str, count: int, scale: int) -> str:
    """Return the mean of decimals, rounded to their scale."""
    return f"{EXACT.divide(Decimal(total), Decimal(count)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACT):f}"


@given("VARCHAR BIGINT", "VARCHAR")
def round_decimal(text: str, digits: int) -> str:
    """Return a decimal rounded to some digits, its scale kept."""
    return _at(text, digits, ROUND_HALF_UP)


@given("VARCHAR BIGINT", "VARCHAR")
def truncate_decimal(text: str, digits: int) -> str:
    """Return a decimal cut to some digits, its scale kept."""
    return _at(text, digits, ROUND_DOWN)


def _at(text: str, digits: int, rounding: str) -> str:
    value = Decimal(text)
    scale = -int(value.as_tuple().exponent)
    if digits >= scale:
        return text
    near = value.quantize(Decimal(1).scaleb(-digits), rounding, EXACT)
    return f"{near.quantize(Decimal(1).scaleb(-scale), rounding, EXACT):f}"


@given("BIGINT BIGINT", "BIGINT")
def round_whole(value: int, digits: int) -> int:
    """Return a whole number rounded to tens, hundreds and so on."""
    if digits >= 0:
        return value
    if digits < -18:
        raise NotKnown("round to that many digits")
    return int(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, EXACT))


@given("DOUBLE BIGINT", "DOUBLE")
def round_double(value: float, digits: int) -> float:
    """Return a double rounded to some digits as Trino does: through a whole number of 64 bits."""
    factor = math.pow(10, digits) if -300 < digits < 300 else 0.0
    scaled = abs(value) * factor
    if not factor > 0 or scaled >= 2**63:
        raise NotKnown("round of a double beyond a bigint")
    near = math.floor(scaled) + (scaled - math.floor(scaled) >= 0.5)
    return math.copysign(near / factor, value) if value < 0 else near / factor


@given("DOUBLE", "DOUBLE")
def log10(value: float) -> float:
    """Return the logarithm of a power of ten; of another number, Java's last digit may differ from ours."""
    found = round(math.log10(value))
    if abs(found) > 22 or float(f"1e{found}") != value:
        raise NotKnown("log10 of what is not a power of ten")
    return float(found)


@given("BIGINT INTEGER", "VARCHAR")
def to_base(value: int, radix: int) -> str:
    """Return a number in another base."""
    if not 2 <= radix <= 36:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Radix must be between 2 and 36")
    digits, rest = "", abs(value)
    while rest:
        rest, digit = divmod(rest, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if value < 0 else "") + (digits or "0")


@given("VARCHAR INTEGER", "BIGINT")
def from_base(text: str, radix: int) -> int:
    """Return the number that a text of another base is."""
    if not 2 <= radix <= 36:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Radix must be between 2 and 36")
    if not re.fullmatch(r"[+-]?[0-9A-Za-z]+", text):
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Not a valid base-{radix} number: {text}")
    try:
        return int(text, radix)
    except ValueError as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Not a valid base-{radix} number: {text}") from exc


@given("VARCHAR VARCHAR", "VARCHAR", with_nulls=True)
def formatted(text: str | None, directive: str) -> str:
    """Return a value as Java's formatter writes it by one directive, such as `%05.1f`."""
    flags, width, digits, sign = re.fullmatch(r"%([-+0, (#]*)(\d*)(?:\.(\d+))?([a-zA-Z])", directive).groups()  # type: ignore[union-attr]
    if text is None:
        shown = "false" if sign == "b" else "null"
    elif sign in "xX":
        shown = f"{int(text) % 2**64:{sign}}"
    elif sign == "d":
        shown = f"{int(text):,}" if "," in flags else str(int(text))
    elif sign == "f":
        value = Decimal(text).quantize(Decimal(1).scaleb(-int(digits or 6)), ROUND_HALF_UP, EXACT)
        shown = f"{value:,f}" if "," in flags else f"{value:f}"
    else:
        shown = text[: int(digits)] if digits else text
    if "+" in flags and not shown.startswith("-"):
        shown = f"+{shown}"
    if "-" in flags:
        return shown.ljust(int(width or 0))
    if "0" in flags and text is not None:
        head = shown[:1] if shown[:1] in "+-" and shown[:1] else ""
        return head + shown[len(head) :].rjust(int(width or 0) - len(head), "0")
    return shown.rjust(int(width or 0))
