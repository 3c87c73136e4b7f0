"""Tokens: those that Teams signs for the bot, the one that the bot shows, and the keys they are checked with."""

from __future__ import annotations

from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
from threading import Thread
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
import jwt
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"
METADATA_PATH = "/v1/.well-known/openidconfiguration"
KEYS_PATH = "/v1/.well-known/keys"
KEY_ID = "stand-in"
LASTS = 3600


@cache
def _key(owner: str) -> rsa.RSAPrivateKey:
    """One key an owner and process, for making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _signed(claims: dict[str, Any], owner: str = "teams") -> str:
    now = int(time.time())  # not the test's clock: whoever checks a token reads the real one
    claims = {"iss": ISSUER, "nbf": now, "iat": now, "exp": now + LASTS} | claims
    return jwt.encode(claims, _key(owner), "RS256", {"kid": KEY_ID})


def for_bot(client_id: str, service_url: str, *, owner: str = "teams", **claims: Any) -> str:
    """What Teams signs an activity with; other claims, or another owner's key, make a token to refuse."""
    return _signed({"aud": client_id, "serviceurl": service_url} | claims, owner)


def of_bot(client_id: str, scope: str, tenant_id: str | None) -> str:
    """What Entra gives the bot for this scope, to show to the Connector."""
    return _signed({"aud": scope.removesuffix("/.default"), "appid": client_id, "tid": tenant_id})


def is_of_bot(token: str, client_id: str, tenant_id: str) -> bool:
    """Whether the Connector takes this token."""
    try:
        claims = jwt.decode(token, _key("teams").public_key(), ["RS256"], audience=ISSUER, issuer=ISSUER)
    except jwt.InvalidTokenError:
        return False
    return (claims.get("appid"), claims.get("tid")) == (client_id, tenant_id)


class KeyServer:
    """Serves the public key on loopback, from a thread of its own (why: see `__init__.py`)."""

    def __init__(self) -> None:
        documents: dict[str, Any] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(documents.get(self.path, {})).encode()
                self.send_response(200 if self.path in documents else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        url = f"http://127.0.0.1:{self._server.server_port}"
        self.metadata_url = url + METADATA_PATH
        key = RSAAlgorithm.to_jwk(_key("teams").public_key(), as_dict=True)
        documents[KEYS_PATH] = {"keys": [key | {"kid": KEY_ID, "use": "sig", "endorsements": ["msteams"]}]}
        documents[METADATA_PATH] = {"issuer": ISSUER, "jwks_uri": url + KEYS_PATH}
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
