"""The functions that DuckDB calls for Trino's, at their bounds; a value is Trino's, and what is refused is an error."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.athena.udf import json_casts, json_texts, numbers, patterns, text, times
from local.aws.athena.udf.register import NotKnown, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

Cases = dict[Any, dict[tuple[Any, ...], Any]]
"""For each function: its value, or what it raises, by its arguments."""

at = datetime.fromisoformat
WHEN = at("2026-01-31T23:05:09.456789")
NOON, MIDNIGHT = WHEN.replace(hour=12), WHEN.replace(hour=0)
BIG, YEARS = 2**63, [date(2026, 1, 31), date(2026, 12, 31)]
LPAD = partial(text.pad, left=True)

NUMBERS: Cases = {
    numbers.java_double: {
        (0.001,): "0.001", (0.00099,): "9.9E-4", (9_999_999.0,): "9999999.0", (1e7,): "1.0E7", (0.0,): "0.0",
        (float("-inf"),): "-Infinity",
    },
    numbers.double_text: {(0.0,): "0E0", (1.5,): "1.5E0"},
    numbers.fitting: {("abc", 3, "too long"): "abc", ("abcd", 3, "too long"): Refused},
    numbers.whole_of_text: {
        ("127", "tinyint"): 127, ("128", "tinyint"): Refused, ("-128", "tinyint"): -128, ("-129", "tinyint"): Refused,
        ("+7", "bigint"): 7, ("7.0", "bigint"): Refused,
    },
    numbers.double_of_text: {
        (" 1.5e3d\t",): 1500.0, ("+Infinity",): float("inf"), ("0x1p3",): NotKnown, ("-0X1",): NotKnown,
        ("x",): Refused, ("x0x1",): Refused, ("++0x1",): Refused,
    },
    numbers.decimal_of_text: {
        ("9.95", 2, 1): Refused, ("9.94", 2, 1): "9.9", ("-9.94", 2, 1): "-9.9", ("x", 2, 1): Refused,
        ("1e-59", 2, 1): "0.0", ("1e-60", 2, 1): NotKnown, ("1e59", 2, 1): Refused, ("1e60", 2, 1): NotKnown,
        ("0e99", 2, 1): "0.0",
    },
    numbers.decimal_of_double: {(9.949, 2, 1): "9.9", (1e38, 38, 0): Refused, (1e37, 38, 0): "1" + "0" * 37},
    numbers.divide: {("1", "3", 3, 2): "0.33", ("1", "0", 3, 2): Refused},
    numbers.modulo: {("-7", "3", 1): "-1.0", ("7", "0", 1): Refused},
    numbers.round_decimal: {("1.25", 1): "1.30", ("1.25", 2): "1.25", ("15", -1): "20"},
    numbers.truncate_decimal: {("1.29", 1): "1.20"},
    numbers.round_whole: {(15, 0): 15, (15, -1): 20, (-15, -1): -20, (15, -18): 0, (15, -19): NotKnown},
    numbers.round_double: {
        (2.5, 0): 3.0, (-2.5, 0): -3.0, (2.25, 1): 2.3, (0.0, 0): 0.0, (1e-300, 299): 0.0, (1e-300, 300): NotKnown,
        (0.0, -299): 0.0, (0.0, -300): NotKnown, (float(BIG), 0): NotKnown, (float(BIG // 2), 0): float(BIG // 2),
    },
    numbers.log10: {(1000.0,): 3.0, (1e22,): 22.0, (1e23,): NotKnown, (2.0,): NotKnown},
    numbers.to_base: {(5, 2): "101", (-35, 36): "-z", (0, 10): "0", (5, 1): Refused, (5, 37): Refused},
    numbers.from_base: {
        ("-101", 2): -5, ("Z", 36): 35, ("1", 1): Refused, ("1", 37): Refused, ("2", 2): Refused, ("", 2): Refused,
    },
    numbers.formatted: {
        ("7", "%05d"): "00007", ("-7", "%05d"): "-0007", ("7", "%+05d"): "+0007",
        ("7", "%-3d"): "7  ", ("", "%03s"): "000", ("abc", "%.2s"): "ab",
        ("1234567", "%,d"): "1,234,567", ("0.125", "%.2f"): "0.13",
    },
}  # fmt: skip

TEXTS: Cases = {
    text.reverse: {("abc",): "cba"},
    text.upper: {("\u1f80",): NotKnown, ("\u1ff7",): NotKnown, ("ß",): "ß"},
    text.substr: {
        ("abc", 1, 3): "abc", ("abc", 3, 9): "c", ("abc", 4, 1): "", ("abc", -3, 2): "ab", ("abc", -1, 1): "c",
        ("abc", -4, 1): "", ("abc", 0, 1): "", ("abc", 1, 0): "", ("abc", 1, 1): "a",
    },
    text.split: {("a,b", ","): ["a", "b"], ("a", ""): Refused},
    text.split_limit: {
        ("a,b,c", ",", 1): ["a,b,c"], ("a,b,c", ",", 2): ["a", "b,c"], ("a", ",", 0): Refused, ("a", "", 1): Refused,
    },
    text.split_part: {
        ("a,b", ",", 1): "a", ("a,b", ",", 2): "b", ("a,b", ",", 3): None, ("a,b", ",", 0): Refused,
        ("ab", "", 2): "b", ("ab", "", 3): None, ("", "", 1): None,
    },
    text.strpos: {
        ("abab", "ab", 1): 1, ("abab", "ab", 2): 3, ("abab", "ab", 3): 0, ("abab", "ab", -1): 3, ("abab", "ab", -2): 1,
        ("abab", "ab", -3): 0, ("aaa", "aa", 2): 2, ("aaa", "aa", -1): 2, ("aaa", "aa", -2): 1, ("a", "a", 0): Refused,
        ("a", "", 5): 1, ("a", "a", -1): 1,
    },
    LPAD: {
        ("ab", 2, "x"): "ab", ("ab", 1, "x"): "a", ("ab", 0, "x"): "", ("ab", 7, "xyz"): "xyzxyab",
        ("ab", 8, "xyz"): "xyzxyzab", ("ab", -1, "x"): Refused, ("ab", 2**31, "x"): Refused, ("ab", 3, ""): Refused,
    },
    text.pad: {("a", 3, "x", False): "axx"},
    text.chr_: {
        (0,): "\0", (-1,): Refused, (0x10FFFF,): "\U0010ffff", (0x110000,): Refused, (0xD7FF,): "\ud7ff",
        (0xD800,): Refused, (0xDFFF,): Refused, (0xE000,): "\ue000",
    },
    text.codepoint: {("ab",): Refused},
    text.translate: {("abcb", "ab", "x"): "xc", ("ab", "ab", "xy"): "xy", ("a", "aa", "xy"): "x"},
    text.split_to_map: {
        ("a=1,b=2", ",", "="): {"a": "1", "b": "2"}, ("", ",", "="): {}, ("a=1,a=2", ",", "="): Refused,
        ("a=1=2", ",", "="): Refused, ("a", ",", ","): Refused, ("a", ",", "="): Refused,
    },
    text.hamming_distance: {("abc", "axc"): 1, ("a", "ab"): Refused},
    text.levenshtein_distance: {
        ("kitten", "sitting"): 3, ("", "abc"): 3, ("abc", ""): 3, ("abc", "xabc"): 1, ("xabc", "abc"): 1,
        ("ab", "ba"): 2, ("flaw", "lawn"): 2, ("ab", "b"): 1, ("b", "ab"): 1,
    },
    text.regexp_extract: {
        ("a1", r"([a-z])(\d)", 2): "1", ("a1", r"([a-z])(\d)", 0): "a1", ("a1", r"([a-z])(\d)", 3): Refused,
        ("a1", "a", -1): Refused, ("b", "a", 0): None,
    },
    text.regexp_extract_all: {("a1b2", r"(\d)", 1): ["1", "2"], ("a1", r"\d", 1): Refused},
    text.regexp_count: {("aba", "a"): 2, ("aba", "x*"): NotKnown},
    text.regexp_like: {
        ("A", "(?i)a"): True, ("A", "(?si)a"): True, ("a", "(?m)a"): NotKnown, ("a", "a(?i)b"): NotKnown,
        ("ä", "(?i)ä"): NotKnown, ("a", "("): Refused,
    },
    text.regexp_position: {("ba", "a"): 2, ("b", "a"): -1, ("a", "a"): 1},
    text.regexp_split: {("a1b2c", r"\d"): ["a", "b", "c"]},
    text.regexp_replace: {
        ("a1", r"([a-z])(\d)", "$2$1"): "1a", ("a", "a", r"\$x\\"): r"$x" + "\\", ("a", "a", "x\\"): Refused,
        ("a", "(?<n>a)", "${n}${n}"): "aa", ("a", "a", "$1"): Refused, ("a", "a", "$"): Refused,
        ("a", "(a)", "$01"): NotKnown,
    },
}  # fmt: skip

TIMES: Cases = {
    times.zone: {("+15:00",): Refused, ("+14:01",): Refused, ("No/Where",): Refused, ("CET",): NotKnown},
    times.zone_name: {("+0530",): "+05:30", ("Z",): "UTC"},
    times.clock: {
        (NOON.replace(microsecond=0), "+14:00"): at("2026-02-01T02:05:09"),
        (NOON.replace(microsecond=0), "-00:30"): at("2026-01-31T11:35:09"),
    },
    times.instant: {
        (at("2026-03-29T02:30:00"), "Europe/Berlin"): NotKnown,
        (at("2026-03-29T03:00:00"), "Europe/Berlin"): at("2026-03-29T01:00:00"),
    },
    times.date_of_text: {("2026-02-29",): Refused, ("10000-01-01",): NotKnown, ("x",): Refused},
    times.timestamp_of_text: {
        ("2026-01-31 24:00:00", 3): NotKnown, ("2026-01-31 23:05:09.4567", 3): at("2026-01-31T23:05:09.457000"),
        ("2026-01-31 23:05:09.4565", 3): at("2026-01-31T23:05:09.457000"),
        ("2026-01-31 23:05:09.4564", 3): at("2026-01-31T23:05:09.456000"),
        ("2026-01-31 23:05:09.456", 3): at("2026-01-31T23:05:09.456000"),
        ("2026-01-31 23:05:09.5", 0): at("2026-01-31T23:05:10"), ("2026-01-31 23:05", 3): at("2026-01-31T23:05:00"),
        ("2026-01-31 23:05:09.456789", 6): WHEN, ("x", 3): Refused, ("2026-02-31 23:05", 3): Refused,
    },
    times.literal: {
        ("2026-01-31 23:05:09.456789 +01:00",): (WHEN, 6, "+01:00"), ("x",): None, ("2026-02-31 23:05:09",): None,
    },
    times.iso: {
        ("2026",): (at("2026-01-01T00:00:00"), "UTC"), ("2026-02-31",): None, ("x",): None,
        ("2026-01-31T23:05:09.456789+01:00",): (WHEN.replace(microsecond=456_000), "+01:00"),
    },
    times.iso_instant: {
        ("2026-01-31T23:05:09Z",): WHEN.replace(microsecond=0), ("x",): Refused, ("2026-99",): NotKnown,
    },
    times.iso_date: {("2026-02-29",): Refused, ("2026-W01",): NotKnown, ("x",): Refused},
    times.days_text: {
        (0,): "0 00:00:00.000", (-1,): "-0 00:00:00.001", (86_399_999,): "0 23:59:59.999",
        (86_400_000,): "1 00:00:00.000",
    },
    times.months_text: {(0,): "0-0", (-13,): "-1-1", (12,): "1-0"},
    times.iso_text: {
        (WHEN, "UTC", "3"): "2026-01-31T23:05:09.456Z", (WHEN, "-03:30", "0"): "2026-01-31T19:35:09-03:30",
    },
    times.months_between: {
        (*YEARS, 0): Refused, (YEARS[1], YEARS[0], 1): Refused, (*YEARS, -1): Refused,
        (YEARS[0], YEARS[0], -1): [YEARS[0]], (YEARS[0], YEARS[0], 1): [YEARS[0]],
        (YEARS[0], date(2026, 3, 31), 1): [YEARS[0], date(2026, 2, 28), date(2026, 3, 31)],
        (YEARS[0], date(2026, 3, 30), 1): [YEARS[0], date(2026, 2, 28)],
        (date(2026, 12, 15), date(2026, 11, 15), -1): [date(2026, 12, 15), date(2026, 11, 15)],
        (date(2026, 11, 30), date(2027, 1, 1), 1): [date(2026, 11, 30), date(2026, 12, 30)],
        (date(2026, 3, 15), date(2026, 1, 16), -1): [date(2026, 3, 15), date(2026, 2, 15)],
    },
}  # fmt: skip

PATTERNS: Cases = {
    patterns.date_format: {
        (WHEN, "%a %W %b %M %c %m"): "Sat Saturday Jan January 1 01",
        (WHEN, "%h %I %l %p %r %k"): "11 11 11 PM 11:05:09 PM 23",
        (NOON, "%h %I %l %p %r %k"): "12 12 12 PM 12:05:09 PM 12",
        (MIDNIGHT, "%h %I %l %p %r %k"): "12 12 12 AM 12:05:09 AM 0", (WHEN, "%%%%"): "%%", (WHEN, "%%%"): NotKnown,
        (WHEN, "%D"): Refused, (WHEN, "%z"): "z",
    },
    patterns.date_parse: {
        ("2026-01-31 07", "%Y-%m-%d %f"): at("2026-01-31T00:00:00.070000"),
        ("2026-01-31 123999", "%Y-%m-%d %f"): at("2026-01-31T00:00:00.123000"), ("2026-02-31", "%Y-%m-%d"): Refused,
        ("x", "%Y"): Refused,
    },
    patterns.format_datetime: {
        (WHEN, "h K k a", "UTC"): "11 11 23 PM", (NOON, "h K k a", "UTC"): "12 0 12 PM",
        (MIDNIGHT, "h K k a", "UTC"): "12 0 24 AM", (WHEN, "M MM MMM MMMM", "UTC"): "1 01 Jan January",
        (WHEN, "EEE EEEE", "UTC"): "Sat Saturday", (WHEN, "S SS SSS", "UTC"): "4 45 456",
        (WHEN, "SSSS", "UTC"): NotKnown, (WHEN, "Z ZZ", "UTC"): "+0000 +00:00", (WHEN, "ZZZ", "UTC"): NotKnown,
        (WHEN, "Z", "+01:00"): NotKnown, (WHEN, "yy yyyy 'o''clock' ''", "UTC"): "26 2026 o'clock '",
        (WHEN, "'open", "UTC"): NotKnown,
    },
    patterns.parse_datetime: {
        ("2026-01-31", "yyyy-MM-dd"): at("2026-01-31T00:00:00"), ("x", "yyyy"): Refused,
        ("2026-02-31", "yyyy-MM-dd"): Refused, ("26", "yyyy"): NotKnown, ("26", "yy"): NotKnown,
    },
}  # fmt: skip

JSONS: Cases = {
    json_texts.json_parse: {('{"b": 1, "a": [2, true, null]}',): '{"a":[2,true,null],"b":1}', ("{",): Refused},
    json_texts.json_text: {
        ("\x1f a\uffff",): '"\\u001F a\uffff"', ("\U00010000",): NotKnown, ("\ud7ff\ue000",): '"\ud7ff\ue000"',
        ("\ud800",): NotKnown, ("a\udfff",): NotKnown,
    },
    json_texts.json_object: {
        (("b", "a"), ("1", None), True): '{"a":null,"b":1}', (("b", "a"), ("1", None), False): '{"b":1,"a":null}',
    },
    json_texts.path: {
        ("$",): (), ("$.a[0]",): ("a", 0), ("",): Refused, ("a",): Refused, ("$.",): Refused, ("$.a.",): Refused,
    },
    json_texts.json_array_get: {
        ("[1, 2]", 0): "1", ("[1, 2]", 1): "2", ("[1, 2]", 2): None, ("[1, 2]", -2): "1", ("[1, 2]", -3): None,
        ("[null]", 0): None, ('["a"]', 0): "a", ("[1", 0): NotKnown, ("x", 0): None,
    },
    json_texts.json_array_has: {("[1, 2]", "2"): True},
    json_texts.json_path: {
        ("[1, 2]", "$[1]", True): ["2"], ("[1, 2]", "$[2]", True): [], ("[1, 2]", "$[2]", False): ["error"],
        ("1", "$[0]", True): ["1"], ("1", "$[0]", False): ["error"], ('[{"a": 1}]', "$.a", True): ["1"],
        ('[{"a": 1}]', "$.a", False): ["error"],
    },
    json_casts.json_to_whole: {
        (str(BIG - 1),): BIG - 1, (str(BIG),): Refused, (str(-BIG),): -BIG, (str(-BIG - 1),): Refused,
    },
}  # fmt: skip


def _found(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return call(*arguments)
    except (Refused, NotKnown) as exc:
        return type(exc)


@pytest.mark.parametrize(
    "cases", [NUMBERS, TEXTS, TIMES, PATTERNS, JSONS], ids=["numbers", "texts", "times", "patterns", "json"]
)
def test_a_function_gives_trinos_value_up_to_its_bounds(cases: Cases) -> None:
    for call, wanted in cases.items():
        assert {arguments: _found(call, arguments) for arguments in wanted} == wanted, call


@pytest.mark.parametrize(("step", "value"), [(0, 7), (1, 8), (2, None), ("a", None)])
def test_a_path_leads_to_an_item_of_an_array_or_nowhere(step: int | str, value: int | None) -> None:
    found = json_texts._found([7, 8], (step,))
    assert found == (json_texts._MISSING if value is None else value)


def test_a_zero_has_its_sign() -> None:
    assert (numbers.double_text(-0.0), numbers.java_double(-0.0)) == ("-0E0", "-0.0")


@pytest.mark.parametrize(("step", "last"), [(1, date(1833, 4, 1)), (-1, date(166, 10, 1))], ids=["up", "down"])
def test_a_sequence_of_months_has_ten_thousand_dates_at_most(step: int, last: date) -> None:
    assert len(times.months_between(date(1000, 1, 1), last, step)) == 10_000
    with pytest.raises(Refused, match="more than 10000 entries"):
        times.months_between(date(1000, 1, 1), last + timedelta(days=31 * step), step)
