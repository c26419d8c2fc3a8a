"""Credentials inside the addresses of things: `scheme://user:password@host`, and what programs make of it. Pure."""

from bot.model.credentials.rules import HIDDEN, Rules, replaced

_LINKS: Rules = (
    # user:password@ of a URL; what starts with a port is no password
    (r"(://)(?!\[[\da-fA-F:.]*\]|[^\s:/@]+:\d{1,5}(?:[/?#,;\"')\]]|$))[^\s@/:]*:[^\s@]*@", rf"\1{HIDDEN}@"),
    (r"(://)[^\s@/:?#,;\"']+@", rf"\1{HIDDEN}@"),
    (r"(?i)(%3a%2f%2f)[^\s@/:]{1,200}?(?:%3a[^\s@/]{1,200}?)?%40", rf"\1{HIDDEN}%40"),
    # user:password@tcp(host) of Go, user:password@host:port of many, user/password@ of Oracle
    (r"(?<![\w/.@-])[\w.-]{1,64}:(?!\d{1,5}/)[^\s@/\"'=]{1,128}@(?=(?:tcp|udp|unix)?\()", f"{HIDDEN}@"),
    (r"(?<![\w/.@-])[\w.-]{1,64}:[^\s@/\"'=]{1,128}@(?!sha\d)(?=[\w.-]{1,253}:\d{2,5}(?!\w))", f"{HIDDEN}@"),
    (
        r"((?:jdbc:oracle:\w{1,8}:|\bsqlplus\s{1,3}(?:-\w{1,8}+\s{1,3}+){0,4}))[^\s/@]{1,64}/[^\s@]{1,128}@",
        rf"\1{HIDDEN}@",
    ),
    (r"(?i)(\s-U\s{0,2}[^\s%]{1,64}%)[^\s]{1,128}", rf"\1{HIDDEN}"),
)


def without_logins(line: str) -> str:
    """Return the line with the user and password of every address hidden; hosts, ports and paths stay."""
    return replaced(line, _LINKS) if "@" in line or "://" in line or "%" in line else line
