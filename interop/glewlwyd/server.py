"""Glewlwyd as a process on the loopback interface. README.md has the protocol."""

import argparse
import base64
import hashlib
import http.cookiejar
import json
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = Path("/usr/lib/glewlwyd")
# The user that the schema brings, with the password that the manual names.
ADMINISTRATOR = {"username": "admin", "password": "password"}
USER = {"username": "ada", "password": "ada-password"}
API = "https://api.example.com"
OTHER = "https://other.example.com"
SCOPES = ("read:messages", "api:read", "api:write", "read:data")
# Where the code of the authorization code flow goes; nothing listens there, since the code is read from the answer.
REDIRECT_URI = "http://127.0.0.1:1/callback"
START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(directory, port):
    return f"""
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
login_url="login.html"
api_prefix="api"
log_mode="file"
log_level="WARNING"
log_file="{directory}/log"
cookie_secure=0
session_expiration=3600
session_key="session"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="{MODULES}/user"
client_module_path="{MODULES}/client"
user_auth_scheme_module_path="{MODULES}/scheme"
plugin_module_path="{MODULES}/plugin"
hash_algorithm="SHA512"
database = {{ type="sqlite3" path="{directory}/database" }}
"""


def plugin(issuer, key, options):
    return {
        "iss": issuer,
        "subject-type": "public",
        "jwt-type": "rsa",
        "jwt-key-size": "256",
        **key,
        "access-token-duration": options.lifetime,
        "refresh-token-duration": 3600,
        "code-duration": 60,
        "allow-non-oidc": True,
        "auth-type-code-enabled": True,
        "auth-type-client-enabled": True,
        "auth-type-refresh-enabled": True,
        "auth-type-implicit-enabled": False,
        "auth-type-token-enabled": False,
        "auth-type-password-enabled": False,
        "auth-type-device-enabled": False,
        "pkce-allowed": True,
        "pkce-method-plain-allowed": False,
        "introspection-revocation-allowed": True,
        "introspection-revocation-allow-target-client": True,
        "jwks-show": True,
        "oauth-dpop-allowed": True,
        "oauth-dpop-iat-duration": 60,
        "oauth-dpop-nonce-mandatory": options.dpop_nonces,
        "oauth-dpop-nonce-counter": 20,
        "resource-allowed": True,
        "resource-scope": {scope: [API, OTHER] for scope in SCOPES},
        "resource-scope-and-client-property": False,
    }


class Session:
    """A browser's: it keeps its cookie."""

    def __init__(self, base):
        self.base = base
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar), NoRedirect()
        )

    def send(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with self.opener.open(request, timeout=20) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def change(self, method, path, body=None):
        status, _, answer = self.send(method, path, body)
        if status != 200:
            raise SystemExit(f"{method} {path}: {status} {answer.decode()}")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def wait_until_it_serves(base, process):
    session, deadline = Session(base), time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None:
            raise SystemExit(f"glewlwyd ended with {process.returncode}")
        try:
            session.send("GET", "/config")
            return
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit("glewlwyd does not answer") from None
            time.sleep(0.05)


def key_pair(directory):
    private = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        check=True, capture_output=True,
    ).stdout
    public = subprocess.run(["openssl", "pkey", "-pubout"], input=private, check=True, capture_output=True).stdout
    return {"key": private.decode(), "cert": public.decode()}


def configure(base, directory, options):
    administrator = Session(base)
    administrator.change("POST", "/api/auth/", ADMINISTRATOR)
    for scope in SCOPES:
        administrator.change("POST", "/api/scope/", {"name": scope, "display_name": scope})
    administrator.change("POST", "/api/user/", {**USER, "enabled": True, "scope": ["openid", *SCOPES]})
    for client, scopes in (("full", SCOPES), ("reader", SCOPES[:1]), ("api", ())):
        administrator.change("POST", "/api/client/", {
            "client_id": client,
            "name": client,
            "confidential": True,
            "password": f"{client}-secret",
            "enabled": True,
            "scope": list(scopes),
            "redirect_uri": [REDIRECT_URI],
            "authorization_type": ["code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"],
        })
    issuer = f"{base}/api/oidc"
    administrator.change("POST", "/api/mod/plugin/", {
        "module": "oidc",
        "name": "oidc",
        "display_name": "OpenID Connect",
        "order_rank": 0,
        "parameters": plugin(issuer, key_pair(directory), options),
    })
    return issuer


def authorize(base, resource):
    """What the user's browser does in the code flow; the client needs the code and its verifier."""
    browser = Session(base)
    browser.change("POST", "/api/auth/", USER)
    scopes = " ".join(("openid", *SCOPES))
    browser.change("PUT", "/api/auth/grant/full/", {"scope": scopes})
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = urllib.parse.urlencode({
        "response_type": "code",
        "client_id": "full",
        "redirect_uri": REDIRECT_URI,
        "scope": scopes,
        "state": secrets.token_urlsafe(16),
        "nonce": secrets.token_urlsafe(16),
        "resource": resource,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        "g_continue": "",
    })
    status, headers, body = browser.send("GET", f"/api/oidc/auth?{query}")
    answer = urllib.parse.parse_qs(urllib.parse.urlsplit(headers.get("Location", "")).query)
    if "code" not in answer:
        return {"error": f"{status} {headers.get('Location')} {body.decode()}"}
    return {"code": answer["code"][0], "code_verifier": verifier, "redirect_uri": REDIRECT_URI}


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def serve(base, issuer):
    say({"issuer": issuer})
    for line in sys.stdin:
        command, _, resource = line.strip().partition(" ")
        say(authorize(base, resource) if command == "authorize" else {"error": f"unknown command: {command}"})


def main():
    # As an exception, so that nothing is left behind: no process, no temporary folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", default="glewlwyd", help="where Glewlwyd is")
    arguments.add_argument("--lifetime", type=int, default=600, help="of access tokens, in seconds")
    arguments.add_argument("--dpop-nonces", action="store_true", help="ask for a nonce in every DPoP proof")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        database = sqlite3.connect(f"{directory}/database")
        database.executescript(SCHEMA.read_text())
        database.close()
        file = Path(directory) / "glewlwyd.conf"
        file.write_text(configuration(directory, port))
        process = subprocess.Popen(
            [options.program, f"--config-file={file}"], stdin=subprocess.DEVNULL, stdout=sys.stderr
        )
        try:
            wait_until_it_serves(base, process)
            serve(base, configure(base, directory, options))
        finally:
            process.terminate()
            process.wait()


main()
