"""Print what `make test` does not run, why, and the command that does."""

LEFT_OUT = (
    ("five sixths of the examples that tests draw", "take longer than six minutes", "make thorough"),
    ("style", "needs the lint tools", "make lint"),
    ("types", "needs the lint tools", "make types"),
    ("types as users see them", "needs four type checkers", "make typing"),
    ("documentation", "needs Sphinx and a notebook kernel; its doctests did run", "make docs"),
    ("wheel in an empty environment", "builds a distribution first", "make wheel"),
    ("branch coverage", "runs the tests of what places money once more, traced", "make coverage"),
    ("the report in a browser", "needs Chromium, a system package", "make browser"),
    ("journals in hledger", "needs hledger, a system package; Beancount's check did run", "make ledgers"),
    ("the store", "needs SQLAlchemy, and beside SQLite two servers, system packages", "make store, make stores"),
    ("payment providers and encryption", "need their libraries, an environment of their own", "make gateways"),
    ("the router for FastAPI", "needs FastAPI, an environment of its own", "make web"),
    ("the playground", "needs Chromium, npm and Python for the browser", "make playground-test"),
    ("shops on django-salesman and on django-oscar", "need environments of their own", "make salesman, make oscar"),
    ("Django", "needs Django, an environment of its own for each version", "make django, make django-newest"),
    (
        "a merchant for shopping agents, and tools over MCP",
        "need their libraries, an environment of their own",
        "make agents",
    ),
    (
        "frames of Spark",
        "need PySpark, an environment of its own, and Java 17, a system package",
        "make spark",
    ),
    ("pictures of what-if", "need Altair and vl-convert, an environment of their own", "make charts"),
    (
        "an archive, added up by DuckDB, Polars and pandas",
        "needs their libraries, an environment of their own",
        "make archive",
    ),
    (
        "the server under load, and its container's steps",
        "need FastAPI and uvicorn, an environment of their own",
        "make serve-test",
    ),
    ("the example shop", "needs FastAPI and SQLAlchemy, an environment of its own", "make shop-test"),
    ("the example shop in a browser", "needs Chromium, a system package", "make shop-browser"),
    ("instruction counts", "needs valgrind, a system package", "make bench-check"),
    (
        "the other supported Pythons",
        "need interpreters that may not be here",
        "make pytest PYTHON=python3.12",
    ),
    ("the lowest and the newest pydantic and babel", "need environments of their own", "make lowest, make newest"),
    ("ten thousand random requests", "are held to the slow reference for an hour", "make soak"),
    ("a hundred thousand rows, killed thrice", "take a minute; three thousand did run", "make many"),
    ("a notebook on ten thousand orders", "takes three minutes; it did run on a thousand", "make many"),
    ("examples drawn anew", "differ on every run", "make fuzz"),
    ("mutants of what places money", "run the tests once for each, which takes hours", "make mutants"),
    ("all of the above", "takes several times as long", "bash .ci/run"),
)


def main() -> None:
    """Print one line for each thing left out."""
    print("\nLeft out of this run:")
    for what, why, command in LEFT_OUT:
        print(f"  - {what}: {why} ({command})")
    print("Nothing here needs a system package, a service or a network beyond installing Python packages.")


if __name__ == "__main__":
    main()
