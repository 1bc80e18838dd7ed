"""Thirty texts that mean to be more than text, each with a mark of its own, and what to look for afterwards."""

import re
from html.parser import HTMLParser

MARK = "zq7x"
TEXTS = {
    "script": f"<script>{MARK}()</script>",
    "script in attribute": f'"><script>{MARK}()</script>',
    "image": f"<img src=x onerror={MARK}()>",
    "attribute": f'" {MARK}="1" onfocus="{MARK}()" autofocus="',
    "single-quoted attribute": f"' {MARK}='1' onmouseover='{MARK}()",
    "unquoted attribute": f" onclick={MARK}() {MARK}=1 ",
    "svg": f"<svg/onload={MARK}()>",
    "own element": f"<{MARK}>",
    "closing textarea": f"</textarea><{MARK}>",
    "closing title": f"</title><{MARK}>",
    "comment": f"--><{MARK}><!--",
    "frame": f'<iframe srcdoc="<{MARK}>">',
    "base": f'<base href="//{MARK}.example/">',
    "entities": f"&lt;{MARK}&gt;<{MARK}>",
    "half an element": f"<{MARK} ",
    "double encoded": f"%3C{MARK}%3E&#60;{MARK}&#62;",
    "script address": f"javascript:{MARK}()",
    "sql quote": f"{MARK}' OR '1'='1",
    "sql drop": f"{MARK}'; DROP TABLE account; --",
    "sql union": f"{MARK}') UNION SELECT password_hash FROM account --",
    "sql wildcard": f"%_{MARK}\\",
    "template": f"{MARK}{{{{7919*7907}}}}",
    "template statement": f"{MARK}{{% for x in (1,) %}}{{{{7919*7907}}}}{{% endfor %}}",
    "template of others": f"{MARK}${{7919*7907}}#{{7919*7907}}<%= 7919*7907 %>",
    "template config": f"{MARK}{{{{config.SECRET_KEY}}}}{{{{''.__class__.__mro__}}}}",
    "percent format": f"{MARK}%s%s%n%(password)s",
    "brace format": f"{MARK}{{0.__class__.__init__.__globals__}}{{email}}",
    "header": f"{MARK}\r\nBcc: thief@{MARK}.example\r\nSet-Cookie: {MARK}=1\r\n\r\n<{MARK}>",
    "encoded header": f"{MARK}%0d%0aSet-Cookie:%20{MARK}=1",
    "log line": f'{MARK}\n{{"level":"critical","event":"{MARK}"}}\x1b[31m\u202e',
}
RESULT = str(7919 * 7907)  # what a template that was believed would compute; no token has that by chance
# Elements that no page of ours has, and attributes that none of ours has.
STRANGE = {"iframe", "object", "embed", "base", "frame", "applet", MARK}
OWN_FRAME = r"/(staff/campaigns/\d+/message\.html|newsletter/archive/[\w-]+/mail)"
OWN_ADDRESSES = ("/", "#", "?", "mailto:", "tel:", "http://localhost", "https://www.w3.org")


class Strange(HTMLParser):
    """Collects what a page has that none of ours has by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        frames_a_mail = tag == "iframe" and "sandbox" in names and re.match(OWN_FRAME, names.get("src", ""))
        if (
            (tag in STRANGE and not frames_a_mail)
            or MARK in tag
            or (tag == "script" and not names.get("src", "").startswith("/static/"))
        ):
            self.found.append(f"<{tag}>")
        self.found += [name for name in names if name.startswith("on") or MARK in name or name in ("style", "srcdoc")]
        for name in ("href", "src", "action", "formaction"):
            if name in names and names[name] and not names[name].startswith(OWN_ADDRESSES):
                self.found.append(f"{name}={names[name][:40]}")


def strange_in(html: str) -> list[str]:
    """What a page has that none of ours has by itself, and what a template computed."""
    computed = [RESULT] if RESULT in html else []
    return Strange(html).found + computed
