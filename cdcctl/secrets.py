"""What a secret in plain text looks like: such values must not reach files, plans, messages or logs."""

from __future__ import annotations

import re

# Keys whose values would reach files, plans and logs if they were allowed in plain text.
_SECRET_KEY = re.compile(
    r"(?i)(passw(or)?d|secret|token|credential|api.?key|private.?key|jaas\.config|auth\.user\.info)"
)
_REFERENCE = re.compile(r"\$\{[^}]+\}")
# A secret inside a longer value: password=… of a JAAS line or a query, user:password@ of a URL.
_SECRET_VALUE = re.compile(r"(?i)password\s*=\s*[\"']?[^\s\"'$]|://[^/\s:@]+:[^/\s@$]+@")
# Keys that only look secret: which provider, class or role deals with secrets, and where they come from.
_NO_SECRET_KEY = re.compile(
    r"(?i)(^config\.providers(\.|$)|(class|provider|role\.arn|session\.name|region|credentials\.source|"
    r"token\.endpoint\.ur[il]|token[._-]file|enabled?)$)"
)


def looks_secret(key: str) -> bool:
    """Whether the value under this key may be a secret and is never to be shown."""
    return bool(_SECRET_KEY.search(key))


def is_plain_secret(key: str, value: str) -> bool:
    """Whether a property holds a secret itself instead of a reference to one."""
    rest = _REFERENCE.sub("", value)
    if _SECRET_VALUE.search(rest):
        return True
    # A JAAS line without a password names nothing but a class.
    if not _SECRET_KEY.search(key) or _NO_SECRET_KEY.search(key) or key.endswith("jaas.config"):
        return False
    return bool(rest.strip())


HIDDEN = "(hidden)"


def shown(key: str, value: str) -> str:
    """A property's value as it may be shown: references and plain values as they are, secrets not at all."""
    return HIDDEN if is_plain_secret(key, value) else value


# A secret in a running text: what follows such a word, and a URL's password.
_SECRET_IN_TEXT = re.compile(r"(?i)((?:passw(?:or)?d|secret|token)[\w.]*[\"']?\s*[=:]\s*)(\S+)")
_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]+:)[^/\s@]+(@)")


def masked(text: str | None) -> str | None:
    """A text of somebody else's, such as the message of an exception, with what may be a secret left out."""
    if text is None:
        return None
    return _PASSWORD_IN_URL.sub(rf"\1{HIDDEN}\2", _SECRET_IN_TEXT.sub(rf"\1{HIDDEN}", text))
