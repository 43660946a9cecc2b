"""Parse a statement with Trino's own grammar, which alone decides what is SQL."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import Any, NoReturn

from antlr4 import CommonTokenStream, InputStream, ParserRuleContext, Token
from antlr4.atn.PredictionMode import PredictionMode
from antlr4.error.ErrorListener import ErrorListener
from antlr4.error.Errors import ParseCancellationException
from antlr4.error.ErrorStrategy import BailErrorStrategy, DefaultErrorStrategy
from trino_query_parser.SqlBaseLexer import SqlBaseLexer
from trino_query_parser.SqlBaseParser import SqlBaseParser

from local.aws.athena import predictions
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


def _tokens(text: str) -> CommonTokenStream:
    """Return all tokens of a text.

    Raises:
        Malformed: a part of it is not a token.
    """
    lexer = SqlBaseLexer(_AnyCase(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(_Refuse())
    tokens = CommonTokenStream(lexer)
    tokens.fill()
    return tokens


def _shown(tokens: CommonTokenStream) -> list[Token]:
    """Return the tokens without spaces, comments and the end."""
    return [each for each in tokens.tokens if each.channel == Token.DEFAULT_CHANNEL and each.type != Token.EOF]


def _parser(tokens: CommonTokenStream) -> SqlBaseParser:
    tokens.seek(0)
    parser = SqlBaseParser(tokens)
    parser.removeErrorListeners()
    parser.buildParseTrees = True
    return parser


def _require_one(text: str) -> CommonTokenStream:
    """Return the tokens of the text without the semicolon that may end it.

    Raises:
        Malformed: it holds another statement behind a semicolon.
    """
    tokens = _tokens(text)
    shown = _shown(tokens)
    ends = [place for place, token in enumerate(shown) if token.text == ";"]
    if not ends:
        return tokens
    if ends[0] != len(shown) - 1:
        raise Malformed(f"Only one sql statement is allowed. Got: {text[:200]}")
    return _tokens(text[: shown[-1].start])


@lru_cache(maxsize=256)
def statement(text: str) -> Node:
    """Return the tree of the one statement that `text` is; it may end with a semicolon.

    Raises:
        Malformed: it is not one statement of Trino's.
    """
    return _tree(_require_one(text), "singleStatement").statement()


def expression(text: str) -> Node:
    """Return the tree of a separate expression, such as a parameter's text.

    Raises:
        Malformed: it is none.
    """
    return _tree(_tokens(text), "standaloneExpression").expression()


def _tree(tokens: CommonTokenStream, rule: str) -> Node:
    """Return the tree that a rule of the grammar makes of tokens, by the choices of an earlier parse if there are any.

    Raises:
        Malformed: it makes none.
    """
    name = predictions.key(rule, (each.type for each in _shown(tokens)))
    replayed = predictions.remembered(name)
    if replayed is not None:
        with suppress(ParseCancellationException, predictions.NotThese):
            return _read(_parser(tokens), rule, replayed)
    parser = _parser(tokens)
    recorded = predictions.Recorded(parser._interp)  # ANTLR's way to set how it predicts
    recorded.simulator.predictionMode = PredictionMode.SLL  # the fast prediction
    try:
        found = _read(parser, rule, recorded)
    except ParseCancellationException:
        return _read_surely(tokens, rule)
    predictions.remember(name, recorded.choices)
    return found


def _read(parser: SqlBaseParser, rule: str, simulator: predictions.Recorded | predictions.Replayed) -> Node:
    """Return the tree by a simulator's choices.

    Raises:
        ParseCancellationException: they lead nowhere.
    """
    parser._interp = simulator
    parser._errHandler = BailErrorStrategy()
    return getattr(parser, rule)()


def _read_surely(tokens: CommonTokenStream, rule: str) -> Node:
    """Return the tree by the prediction that is always right.

    Raises:
        Malformed: the tokens are not what the rule reads.
    """
    parser = _parser(tokens)
    parser._interp.predictionMode = PredictionMode.LL
    parser._errHandler = DefaultErrorStrategy()
    parser.addErrorListener(_Refuse())
    return getattr(parser, rule)()


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
