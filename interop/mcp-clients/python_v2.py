"""mcp, version 2: revision 2026-07-28, and the older ones if it is told so."""

import asyncio
import json
import re
import sys
import urllib.parse

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

REDIRECT_URI = "http://127.0.0.1:54321/callback"


class Memory:
    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class User:
    """The user and the user's browser."""

    authorizations = 0
    brought_back = None

    async def redirect(self, url):
        self.authorizations += 1
        async with httpx2.AsyncClient(trust_env=False) as browser:
            page = await browser.get(url)
            handle = re.search('name="request" value="([^"]+)"', page.text)
            if handle is None:
                raise RuntimeError(f"the server asks nothing: {page.status_code} {page.headers}")
            action = urllib.parse.urlsplit(url)._replace(query="").geturl()
            answer = await browser.post(action, data={"request": handle[1], "decision": "allow"})
        back = urllib.parse.urlsplit(answer.headers["location"])
        if back._replace(query="").geturl() != REDIRECT_URI:
            raise RuntimeError(f"sent to {back.geturl()}")
        self.brought_back = dict(urllib.parse.parse_qsl(back.query))

    async def answer(self):
        answer = self.brought_back
        return AuthorizationCodeResult(code=answer["code"], state=answer["state"], iss=answer["iss"])


async def main(url, mode):
    user = User()
    application = OAuthClientMetadata(
        client_name="A client of the tests",
        redirect_uris=[REDIRECT_URI],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        token_endpoint_auth_method="none",
    )
    auth = OAuthClientProvider(url, application, Memory(), user.redirect, user.answer)
    async with httpx2.AsyncClient(auth=auth, trust_env=False) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            tools = await client.list_tools()
            await client.call_tool("add_note", {"text": "feed the bear"})
            notes = await client.call_tool("list_notes", {})
            said = {
                "revision": client.protocol_version,
                "authorizations": user.authorizations,
                "tools": [tool.name for tool in tools.tools],
                "notes": notes.content[0].text,
            }
            print(json.dumps(said), flush=True)


asyncio.run(main(sys.argv[1], sys.argv[2]))
