"""Which names name a credential: `DB_PASSWORD`, `clientSecret`, `key`. Pure.

A name is cut into its words, so that `secretName`, `token-service` and `partition_key` are told from `secretKey`, `token`
and `ENCRYPTION_KEY`.
"""

from enum import Enum
from functools import lru_cache

from bot.model.pattern import pattern


class Telling(Enum):
    """How much a name tells of what follows it."""

    NOTHING = "nothing"
    WEAK = "weak"  # `key`, `auth`, `session`, `signature`: a credential unless the value is an ordinary word
    STRONG = "strong"
    HEADER = "header"  # a header of HTTP: all that follows on the line
    LINK = "link"  # a connection string: its own names tell, where it has any


def words(text: str) -> frozenset[str]:
    """Return the words of a text, which is easier to read and to add to than a list of strings."""
    return frozenset(text.split())


_SPLIT = pattern(r"[A-Z]{2,}(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]")
_STRONG = words(
    "password passwords passwd passphrase passcode pass pwd pw pswd psw secret secrets token tokens credential credentials"
    " creds cred jwt salt otp totp psk pin sig csrf xsrf passwort kennwort senha contraseña contrasena пароль 密码 密碼"
)
_ENDINGS = (
    *("password", "passwords", "passwd", "passphrase", "secret", "token", "tokens", "credential", "credentials"),
    *(
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "authkey",
        "masterkey",
        "accountkey",
        "pwd",
        "sessid",
        "sessionid",
    ),
)
_NO_PASSWORDS = frozenset(("compass", "bypass", "trespass", "overpass", "underpass", "surpass", "encompass"))
_WEAK = frozenset(("auth", "session", "sid", "signature", "cookies", "license"))
_HEADERS = frozenset(("authorization", "cookie"))
_LINKS = ("connectionstring", "connectionstrings", "connstr", "connstring", "dsn")
# What stands after the telling word and makes it the name of something else.
_QUALIFIERS = words(
    "name names ref refs reference file files path paths dir directory folder url uri uris urls endpoint endpoints type"
    " types kind length len size count counts total ttl expiry expires expiration exp lifespan lifetime age valid validity"
    " invalid invalidate status state policy policies required enabled enable disabled missing error errors issuer"
    " issuers provider providers class mount mounts volume volumes version versions algorithm alg limit limits budget"
    " bucket rate interval timeout mode format encoding prefix field header host hosts port ports namespace service"
    " services svc server servers api review reviews request requests controller manager store stores cache reader"
    " writer authentication auth method methods handler middleware filter validator generator refresher agent operator"
    " proxy sync syncer webhook source sources mapping index position bytes used usage max min per second seconds ms affinity"
    " limiter audience purpose rotation authority authorities address addresses"
)
# `id` makes a name of most, but the second half of AppRole and a session's number open doors.
_IDENTIFIED = frozenset(("secret", "session"))
# `…_KEY` is a credential, unless its own kind is one of these.
_OPEN_KEYS = words(
    "primary foreign public partition partitioning sort cache routing row index unique map group object message idempotency"
    " translation metric label annotation config configuration lookup composite shard sharding dedup topology taint pub"
    " host duplicate unknown dict json yaml registry binding event search order record storage redis etcd s3 kafka"
    " queue item node pod field column property selector missing invalid document aggregate aggregation mapping natural"
    " candidate super surrogate extra port unused reserved section"
)
_CLOSED_KEYS = words(
    "api access secret private encryption signing master auth account license shared ssh tls ssl rsa aes crypt server client"
)
# What names a Secret of Kubernetes, not its content.
_OBJECTS = frozenset(("pull", "existing", "tls", "image"))


@lru_cache(maxsize=4096)
def telling(name: str) -> Telling:
    """Return how much a name tells, e.g. STRONG for `db_password`, NOTHING for `secretName`."""
    parts = parts_of(name)
    if not parts:
        return Telling.NOTHING
    if parts[-1] in _HEADERS:
        return Telling.HEADER
    if "".join(parts).endswith(_LINKS):
        return Telling.LINK
    at = max((place for place, part in enumerate(parts) if _tells(part)), default=-1)
    if at < 0:
        return Telling.STRONG if "".join(parts).endswith(_ENDINGS) else Telling.NOTHING
    found = _of_part(parts, at)
    return Telling.HEADER if found is Telling.STRONG and name[:2].lower() == "x-" else found


def parts_of(name: str) -> list[str]:
    """Return the words of a name in small letters, e.g. `["secret", "key"]` of `secretKey` and `SECRET_KEY2`."""
    return [each.lower() for each in _SPLIT.findall(name)]


def telling_before(before: str, name: str) -> Telling:
    """Return the same of a name in a text: `primary key` and `api key` are two words."""
    word = before.rstrip()[-30:].rpartition(" ")[2].lower().strip("\"'([{")
    if name.lower() != "key" or not word.isalpha() or not before.endswith(" "):
        return telling(name)
    if word in _CLOSED_KEYS:
        return Telling.STRONG
    return Telling.NOTHING if word in _OPEN_KEYS else Telling.WEAK


def _tells(word: str) -> bool:
    return (
        word in _STRONG
        or word in _WEAK
        or word in ("key", "keys")
        or word.endswith(_ENDINGS)
        or (word.endswith("pass") and word not in _NO_PASSWORDS)
        or (word.endswith("key") and word.removesuffix("key") in _CLOSED_KEYS)
    )


def _of_part(parts: list[str], at: int) -> Telling:
    """Weigh the last telling word of a name by its neighbours."""
    word, before, after = parts[at], parts[at - 1] if at else "", parts[at + 1 :]
    if _QUALIFIERS.intersection(after) or (after[:1] in (["id"], ["ids"]) and word not in _IDENTIFIED):
        return Telling.NOTHING
    if word == "keys":
        return Telling.STRONG if before in _CLOSED_KEYS else Telling.NOTHING
    if word == "key":
        return Telling.NOTHING if before in _OPEN_KEYS else Telling.STRONG if before else Telling.WEAK
    if word in ("secret", "secrets") and before in _OBJECTS:
        return Telling.NOTHING
    return Telling.WEAK if word in _WEAK else Telling.STRONG
