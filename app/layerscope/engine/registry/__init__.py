"""Registries: finding, resolving and fetching images over the distribution protocol.

registries = Registries(RegistryConfig(plain_http=frozenset({"localhost:5000"})))
client = registries.client("localhost:5000")
resolved = client.resolve(Reference.parse("localhost:5000/app:1"), task)
fetch_blob(client, "app", layer, writer, task, report)
push_blob(client, "app", layer, source, task, report)
"""

from layerscope.engine.registry.auth.checking import Accepted
from layerscope.engine.registry.auth.credentials import (
    HUB_HOSTS,
    AuthFiles,
    Credentials,
    NoCredentials,
)
from layerscope.engine.registry.auth.docker_config import DockerConfig
from layerscope.engine.registry.auth.helpers import HelperFailed
from layerscope.engine.registry.auth.keyrings import KeyringFailed, KeyringLogins
from layerscope.engine.registry.auth.known_logins import KnownLogins, SessionLogins
from layerscope.engine.registry.auth.login import Login
from layerscope.engine.registry.blob import BlobStream
from layerscope.engine.registry.client import Client, Resolved
from layerscope.engine.registry.download import Fetched, FetchProgress, Writer, fetch_blob
from layerscope.engine.registry.finders import Found
from layerscope.engine.registry.http.patience import Patience, Retry
from layerscope.engine.registry.http.proxies import Proxies
from layerscope.engine.registry.http.redaction import shown_headers, shown_url
from layerscope.engine.registry.http.sending import Source
from layerscope.engine.registry.hub import Hub
from layerscope.engine.registry.listing import Tag, natural_key, sorted_tags
from layerscope.engine.registry.mirrors import Mirror
from layerscope.engine.registry.presence import digest_of, has_blob
from layerscope.engine.registry.publishing import put_document
from layerscope.engine.registry.rate import RateLimit
from layerscope.engine.registry.registries import Registries, RegistryConfig
from layerscope.engine.registry.search import Ability, Capability
from layerscope.engine.registry.supplier import Supplier
from layerscope.engine.registry.upload import Outcome, SendProgress, Sent, push_blob

__all__ = [
    "HUB_HOSTS",
    "Ability",
    "Accepted",
    "AuthFiles",
    "BlobStream",
    "Capability",
    "Client",
    "Credentials",
    "DockerConfig",
    "FetchProgress",
    "Fetched",
    "Found",
    "HelperFailed",
    "Hub",
    "KeyringFailed",
    "KeyringLogins",
    "KnownLogins",
    "Login",
    "Mirror",
    "NoCredentials",
    "Outcome",
    "Patience",
    "Proxies",
    "RateLimit",
    "Registries",
    "RegistryConfig",
    "Resolved",
    "Retry",
    "SendProgress",
    "Sent",
    "SessionLogins",
    "Source",
    "Supplier",
    "Tag",
    "Writer",
    "digest_of",
    "fetch_blob",
    "has_blob",
    "natural_key",
    "push_blob",
    "put_document",
    "shown_headers",
    "shown_url",
    "sorted_tags",
]
