"""Parse a statement with Trino's own grammar, which alone decides what is SQL."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NoReturn

from antlr4 import CommonTokenStream, InputStream, ParserRuleContext, Token
from antlr4.atn.PredictionMode import PredictionMode
from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.Errors import ParseCancellationException
from antlr4.error.ErrorStrategy import BailErrorStrategy, DefaultErrorStrategy
from trino_query_parser.SqlBaseLexer import SqlBaseLexer
from trino_query_parser.SqlBaseParser import SqlBaseParser

from local.aws.athena.errors import Malformed, QueryFailed

Node = Any
"""A node of the parse tree: the generated parser has no types."""


class _AnyCase(InputStream):  # type: ignore[misc]  # ANTLR ships no types
    """The text, read in upper case by the lexer and kept as it was written."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.data = [ord(upper) if len(upper := letter.upper()) == 1 else ord(letter) for letter in text]


class _Refuse(ErrorListener):  # type: ignore[misc]  # the same
    """Turns the first error into Malformed, in the words of Trino's parser."""

    def syntaxError(  # noqa: N802 - ANTLR's name and parameters
        self, _recognizer: Node, symbol: Node, line: int, column: int, problem: str, _exception: Node
    ) -> NoReturn:
        if symbol is not None:
            problem = f"mismatched input '{symbol.text}'"
        raise Malformed(problem, line, column + 1)


def _parser(text: str) -> SqlBaseParser:
    lexer = SqlBaseLexer(_AnyCase(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(_Refuse())
    tokens = CommonTokenStream(lexer)
    parser = SqlBaseParser(tokens)
    parser.removeErrorListeners()
    parser.buildParseTrees = True
    return parser


def _require_one(text: str) -> str:
    """Return the text without the semicolon that may end it.

    Raises:
        Malformed: it holds another statement behind a semicolon.
    """
    lexer = SqlBaseLexer(_AnyCase(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(_Refuse())
    shown: list[Token] = [token for token in lexer.getAllTokens() if token.channel == Token.DEFAULT_CHANNEL]
    ends = [place for place, token in enumerate(shown) if token.text == ";"]
    if not ends:
        return text
    if ends[0] != len(shown) - 1:
        raise Malformed(f"Only one sql statement is allowed. Got: {text[:200]}")
    return text[: shown[-1].start]


@lru_cache(maxsize=256)
def statement(text: str) -> Node:
    """Return the tree of the one statement that `text` is; it may end with a semicolon.

    Raises:
        Malformed: it is not one statement of Trino's.
    """
    text = _require_one(text)
    parser = _parser(text)
    parser._interp.predictionMode = PredictionMode.SLL  # noqa: SLF001 - ANTLR's way to ask for the fast prediction
    parser._errHandler = BailErrorStrategy()  # noqa: SLF001 - the same
    try:
        return parser.singleStatement().statement()
    except ParseCancellationException:
        parser = _parser(text)
        parser._interp.predictionMode = PredictionMode.LL  # noqa: SLF001 - the prediction that is always right
        parser._errHandler = DefaultErrorStrategy()  # noqa: SLF001 - the same
        parser.addErrorListener(_Refuse())
        return parser.singleStatement().statement()


def expression(text: str) -> Node:
    """Return the tree of an expression that stands alone, as a parameter's text does.

    Raises:
        Malformed: it is none.
    """
    parser = _parser(text)
    parser.addErrorListener(_Refuse())
    return parser.standaloneExpression().expression()


def where(node: Node) -> str:
    """Return `line L:C` of the start of a node."""
    token = node.start if isinstance(node, ParserRuleContext) else node
    return f"line {token.line}:{token.column + 1}"


def text_of(node: Node) -> str:
    """Return a node's text as it was written."""
    stream = node.start.getInputStream()
    return str(stream.getText(node.start.start, node.stop.stop))


def string_of(node: Node) -> str:
    """Return the value of a string literal."""
    text = str(node.getText())
    if text[:1] != "'":
        if node.UESCAPE() is not None:
            raise QueryFailed("NOT_SUPPORTED: UESCAPE is not supported by the embedded Athena, though Athena has it")
        plain = text[3:-1].replace("''", "'")
        return re.sub(r"\\(?:\+([0-9A-Fa-f]{6})|([0-9A-Fa-f]{4})|(\\))", _character, plain)
    return text[1:-1].replace("''", "'")


def _character(found: re.Match[str]) -> str:
    return "\\" if found[3] else chr(int(found[1] or found[2], 16))


def name_of(identifier: Node) -> str:
    """Return an identifier's name: as it was written, without its quotes."""
    text = str(identifier.getText())
    return text[1:-1].replace('""', '"') if text[:1] == '"' else text
