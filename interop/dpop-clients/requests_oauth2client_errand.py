"""requests-oauth2client keeps the nonces and repeats a request that lacked one, by itself."""

import argparse
import json
import sys

import requests
from requests_oauth2client import OAuth2Client

arguments = argparse.ArgumentParser()
for name in ("issuer", "client", "resource", "scope", "url"):
    arguments.add_argument(f"--{name}", required=True)
options = arguments.parse_args()

sent = 0


class CountingAdapter(requests.adapters.HTTPAdapter):
    """The library repeats a request below the session, at the adapter."""

    def send(self, *arguments, **named):
        global sent
        sent += 1
        return super().send(*arguments, **named)


session = requests.Session()
session.trust_env = False
session.mount("http://", CountingAdapter())


def report(part, run):
    global sent
    sent = 0
    token = None
    try:
        said, token = run()
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"part": part, "requests": sent, **said}), flush=True)
    return token


metadata = session.get(f"{options.issuer}/.well-known/openid-configuration").json()
client = OAuth2Client(
    token_endpoint=metadata["token_endpoint"],
    client_id=options.client,
    client_secret=f"{options.client}-secret",
    dpop_bound_access_tokens=True,
    session=session,
    # The servers of the tests speak plain HTTP on the loopback interface.
    testing=True,
)


def grant():
    token = client.client_credentials(scope=options.scope, resource=options.resource)
    return {"type": token.token_type}, token


def call():
    response = session.get(options.url, auth=token)
    return {"status": response.status_code}, None


token = report("token", grant)
for number in ("first", "second"):
    report(f"{number} call", call)
sys.exit(0)
