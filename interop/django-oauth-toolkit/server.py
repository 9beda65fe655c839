"""django-oauth-toolkit as a process on the loopback interface. README.md has the protocol."""

import argparse
import json
import signal
import sys
import tempfile
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

PREFIX = "o"
SCOPES = {"read:messages": "", "api:read": "", "api:write": "", "read:data": ""}
# By id; the secret is the id and "-secret".
CLIENTS = ("full", "reader", "api")

urlpatterns = []


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_arguments):
        """Standard error is for what fails."""


def signing_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def configure(directory, issuer, lifetime, openid):
    oauth = {
        "SCOPES": SCOPES,
        "ACCESS_TOKEN_EXPIRE_SECONDS": lifetime,
        "OIDC_ENABLED": openid,
        "OIDC_ISS_ENDPOINT": issuer,
    }
    if openid:
        oauth["OIDC_RSA_PRIVATE_KEY"] = signing_key()
    settings.configure(
        SECRET_KEY="only for tests on the loopback interface",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(Path(directory) / "database.sqlite3"),
                # Each connection of a client has a thread, so two may write at once.
                "OPTIONS": {"timeout": 20},
            }
        },
        # The secrets of the clients are in README.md; a slow hash would only make each request take a second.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        # The tables come from the models, which takes a fraction of the time that all migrations take.
        MIGRATION_MODULES=dict.fromkeys(("auth", "contenttypes", "oauth2_provider")),
        USE_TZ=True,
        OAUTH2_PROVIDER=oauth,
    )
    django.setup()
    # These import the settings.
    from oauth2_provider import urls

    # As the toolkit's documentation mounts it: below a prefix, and the documents of RFC 8414 at the root.
    endpoints = urls.base_urlpatterns + urls.oidc_urlpatterns
    urlpatterns.append(path(f"{PREFIX}/", include((endpoints, urls.app_name))))
    urlpatterns.append(path("", include((urls.metadata_urlpatterns, urls.app_name), namespace="metadata")))


def fill_database():
    from oauth2_provider.models import get_application_model

    call_command("migrate", run_syncdb=True, verbosity=0)
    application = get_application_model()
    for client in CLIENTS:
        application.objects.create(
            client_id=client,
            client_secret=f"{client}-secret",
            client_type=application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=application.GRANT_CLIENT_CREDENTIALS,
        )


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main():
    # As an exception, so that nothing is left behind: no process, no temporary folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--lifetime", type=int, default=600, help="of access tokens, in seconds")
    arguments.add_argument("--no-openid", action="store_true", help="publish the metadata of RFC 8414 alone")
    options = arguments.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    issuer = f"http://127.0.0.1:{server.server_port}/{PREFIX}"
    with tempfile.TemporaryDirectory() as directory:
        configure(directory, issuer, options.lifetime, not options.no_openid)
        fill_database()
        server.set_app(get_wsgi_application())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say({"issuer": issuer})
        # The end of standard input ends the process, so that a test that dies never leaves it behind.
        sys.stdin.read()
        server.shutdown()


main()
