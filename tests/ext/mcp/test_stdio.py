"""`settlement mcp` as an assistant's program starts it: the protocol's own client on its standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from settlement.ext.mcp import TOOLS

pytestmark = pytest.mark.agents
ROOT = Path(__file__).parents[3]
MALL = json.loads((ROOT / "examples/mall-cart.json").read_text(encoding="utf-8"))
PROGRAM = "import sys; from settlement.commands.cli import main; sys.exit(main(['mcp']))"


def asked(ask):
    """What a client finds, of a server that it started."""

    async def run():
        started = StdioServerParameters(
            command=sys.executable, args=["-c", PROGRAM], env={"PYTHONPATH": str(ROOT / "src")}
        )
        async with Client(started) as client:
            return await ask(client)

    return asyncio.run(run())


def test_a_client_finds_the_tools_and_is_answered_what_the_library_says():
    """Six, each of them read-only; what each answers; a refusal that can be read; the schemas to write by."""
    calls = {
        "settle": {"request": MALL},
        "check": {"rulebook": MALL["rulebook"]},
        "compare": {"request": MALL, "locale": "zh_CN"},
        "explain": {"document": MALL, "line": "1"},
        "diff": {"before": MALL, "after": MALL},
        "what_if": {"documents": [MALL], "rulebooks": [MALL["rulebook"]]},
    }

    async def ask(client):
        tools = (await client.list_tools()).tools
        answers = {name: await client.call_tool(name, given) for name, given in calls.items()}
        refused = await client.call_tool("settle", {"request": {"rulebook": MALL["rulebook"]}})
        strange = await client.call_tool("settle", {"request": "x"})
        schema = await client.read_resource("settlement://schema/rulebook")
        return tools, answers, refused, strange, schema

    tools, answers, refused, strange, schema = asked(ask)
    assert [tool.name for tool in tools] == list(TOOLS)
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
    for name, given in calls.items():
        assert not answers[name].is_error
        assert answers[name].structured_content == TOOLS[name](**given)
    assert (refused.is_error, strange.is_error) == (True, True)
    told = json.loads(refused.content[0].text.partition(": ")[2])
    assert [row["place"] for row in told["problems"]] == ["checkout"]
    assert json.loads(schema.contents[0].text)["title"] == "Rulebook"
