"""What a command or a batch was asked for and cannot give, in the reader's language.

Errors of the library word themselves (`errors.SAYINGS`); behind these sentences are those of Python and of commands. A
sentence that this table does not know stays in English.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from settlement.documents.words.language import Language

__all__ = ["MISUSES", "misuse_text"]

#: What commands and the exceptions of the library say.
MISUSES: Final = (
    "No such file or directory",
    "Is a directory",
    "Permission denied",
    "not the name of a file",
    "it is closed",
    "a refund quote is expected",
    "a settlement, a record or a request is expected, not a refund",
    "a settlement, a record or a request is expected, not a payout",
    "a settlement, a record or a request is expected, not an order edit",
    "a settlement, a record, a request or an order edit is expected",
    "--order names a settlement; an order edit has its name",
    "--history is of a settlement; an order edit has its refunds itself",
    "say either what is wanted (WANTED) or what comes back (--return)",
    "a checkout alone: say by which rules what is added is settled, with --rules or as a request",
    "there is no parcel {parcel}; this settlement has {count}",
    "no rule {rule} had a say in this settlement",
    "there is no shop {shop} in this payout",
    "there is no payment method {method}; there are none",
    "there is no payment method {method}; there are {known}",
    "this refund takes back nothing of the invoice of shop {shop}",
    "nobody asked for an invoice: hand in an invoice request (request=, --request)",
    "{place}: this is a refund of another settlement; those of {digest} are expected",
    "invoice: it is of another settlement; a blue invoice of {digest} is expected",
    "--return names a line twice",
    "--table is of --format csv",
    "--balance is of --format beancount or hledger",
    "tables and explanations are of a refund; say with --return what comes back",
    "--method is of a request: a settlement has not the terms of other methods",
    "there is no invoice of shop {shop}; there are none",
    "there is no invoice of shop {shop}; there are {known}",
    "a page, a table or an explanation is of one invoice; choose one with --shop: {known}",
    "--gateway names nothing that can be imported",
    "--gateway names something that is no gateway",
    "--deliver names no command that is there",
    "a report ends in .html, .json, .parquet or .txt",
    'this needs pyarrow: pip install "settlement[arrow]"',
    'pictures need altair and vl-convert-python: pip install "settlement[charts]", or say --no-charts',
    "--vary and --values stand together",
    "--vary is of one rulebook",
    "no records",
    "this is no name of a host",
    "other machines reach this host: name a file with a token, --token-file",
    "the token file is empty; one line with a token is expected",
    "the token file has several lines; one with a token is expected",
    "a token has 32 to 512 characters: letters, digits and - . _ ~ + /, without spaces",
    "with --vary the answer is printed; leave -o out",
    "{path}: a column checkout of JSON texts is expected; there are {known}",
    "{path}: the column {name} is {kind}; texts are expected",
    "{folder} holds no rulebook: a file *.json is expected for each",
    "one of {forms}, a part of 1 byte or more, and an input are expected",
    "{path}: {endings} and folders of these can be read",
    "{path}: {endings} can be read",
    "there is no file of records",
    "{folder}: this is no folder of records; settlement batch --as record writes one",
    "{folder}: the batch in it is not finished; run it again first",
    "{path}: a column document of JSON texts is expected; there are {known}",
    "an offset of whole minutes within a day, and a worker or more, are expected",
    "{path}: it is an archive of other {fields}; take another folder",
    "{path}: its manifest is not as it was written; take another folder",
    "{path}: {files} is not as it was written; take another folder",
    "{path}: it holds something else; the archive is written there first",
    "{folder}: this is no archive; settlement archive writes one",
    "{folder}: its manifest names a file twice, whose orders would be counted twice",
    "{folder}: the archive cannot be read: {why}",
    "the archive cannot go on: {why}",
    "{path}: it has the very bytes of {other}; name each input once",
    "{path}: there is nothing in it; it was cut",
    "{path}: it was begun with other {fields}; take another folder, or empty this one",
    "{path}: it holds something else; take a folder that is empty, or not there",
    "{path}: this is no manifest of a batch",
    "the batch cannot go on: {why}",
    "{path}: it changed while it was read; nothing of it is kept",
    "there are more than 100 000 parts; take a larger --part",
    "{folder}: another run is under way in it",
)


def misuse_text(text: str, say: Language) -> str:
    """The sentence in the reader's language; what it names stays as it is.

    >>> from settlement.documents.words.language import language
    >>> print(misuse_text("there is no parcel 'z'; this settlement has 2", language("zh_CN")))
    没有包裹 'z'；本结算共有 2 个
    """
    for sentence, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return say(sentence, **match.groupdict())
    return text


_PATTERNS: Final = tuple(
    (sentence, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)))) for sentence in MISUSES
)
