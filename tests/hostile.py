"""Text that wants to be more than text, as a device, a neighbour or a configuration may hold it.

Whatever runs sets `window.taken`; whatever is calculated by a template engine shows 94011.
"""

TAKE = "window.taken=1"
RESULT = "94011"  # of 31337*3, which no payload spells out

MARKUP = (
    f"<script>{TAKE}</script>",
    f"</script><script>{TAKE}</script>",
    f"</title></textarea></style></script><script>{TAKE}</script>",
    f"<img src=x onerror={TAKE}>",
    f"<img src=x onerror=alert('{TAKE}')>",
    f"<svg onload={TAKE}>",
    f"<svg><animate onbegin={TAKE} attributeName=x>",
    f"<body onload={TAKE}>",
    f"<details open ontoggle={TAKE}>x</details>",
    f"<input autofocus onfocus={TAKE}>",
    f"<math><mtext></mtext><mglyph><style><img src=x onerror={TAKE}>",
    f'<iframe srcdoc="<script>parent.{TAKE}</script>">',
    f"<a href=javascript:{TAKE}>port</a>",
    f'<object data="javascript:{TAKE}">',
    f'<form action="javascript:{TAKE}"><button>save</button></form>',
    f"<base href=//elsewhere.example/><script>{TAKE}</script>",
    f'<meta http-equiv=refresh content="0;url=javascript:{TAKE}">',
    "<link rel=stylesheet href=http://elsewhere.example/x.css>",
    "<style>body{display:none}</style>",
    f"<!--><script>{TAKE}</script>-->",
    f"<![CDATA[<script>{TAKE}</script>]]>",
    f"&lt;script&gt;{TAKE}&lt;/script&gt;",
    f"&#60;script&#62;{TAKE}&#60;/script&#62;",
    "<<>>\"'&amp;&&quot;",
)
ATTRIBUTES = (
    f'" onmouseover="{TAKE}" autofocus onfocus="{TAKE}" x="',
    f"' onfocus='{TAKE}' autofocus x='",
    f'" x-data="{{}}" x-init="{TAKE}" x="',
    f'<div x-data="{{}}" x-init="{TAKE}"></div>',
    f'<div x-data="{{}}" x-effect="{TAKE}" @click="{TAKE}" :class="{TAKE}"></div>',
    f'" :class="{TAKE}" @click="{TAKE}" x-html="{TAKE}"',
    '<div hx-get="/admin/logout/" hx-trigger="load"></div>',
    f'" hx-get="/healthz" hx-trigger="load" hx-on::load="{TAKE}" x="',
    f"<div hx-on:htmx:load='{TAKE}' data-hx-get=/healthz data-hx-trigger=load></div>",
    f"`-({TAKE})-`",
    f"'-({TAKE})-'",
    f'"-({TAKE})-"',
    f"');{TAKE};//",
    f"\\');{TAKE};//",
    f"${{{TAKE}}}",
    f"javascript:{TAKE}",
    f"data:text/html,<script>{TAKE}</script>",
)
TEMPLATES = (
    "{{ 31337*3 }}",
    "{% now 'Y' %}{% debug %}{{ settings.SECRET_KEY }}",
    "{% load static %}{% include 'admin/base.html' %}",
    "#{31337*3} ${31337*3} <%= 31337*3 %>",
    "%(name)s %s %n %x {0} {name.__class__.__mro__}",
)
CELLS = (
    '=HYPERLINK("http://elsewhere.example","router")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "＝1+1",
    '";=1+1;"',
    '","=1+1',
    "'=1+1",
)
LINES = (
    "router\r\nSet-Cookie: taken=1\r\n\r\n<html>",
    "core1\nlevel=ERROR logger=jobs.run message=forged",
    'x"}\n{"level": "ERROR", "message": "forged"}',
    "\x1b[2J\x1b[1;31mred\x1b]0;title\x07\x9b31m",
    "a\x08\x08\x7f\x85\u2028b\u2029c",
    "\u202egnp.exe\u202c\u2066\u2069",
    "zero\u200bwidth\u200d\ufeff\u2060joiner",
    "Z͑̓͂a̴̡l̵g̶o̷" * 12,
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿𝕬𐍈",
    "한국어 장비 이름 서울-본사",
    "مرحبا بالعالم",
    "x" * 65_536,
    "https://elsewhere.example/" + "a/" * 400,
)
STORAGE = (
    "'; DROP TABLE inventory_device; --",
    "' OR '1'='1",
    "%' ESCAPE '!",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "C:\\CON|NUL?*<>",
    '{"a": [',
    '"]}\', "x": {"',
    "null",
    "\\u0000\\",
    "$(reboot) `reboot` ; reboot | reboot",
)
PAYLOADS = MARKUP + ATTRIBUTES + TEMPLATES + CELLS + LINES + STORAGE

# As an agent sends them; none of these is text that a database keeps.
OCTETS = (
    b"nul\x00in the middle\x00",
    "서울 본사".encode("euc-kr"),
    b"\xed\xa0\x80 a lone surrogate",
    b"\xff\xfe\xc0\xaf\x80",
    bytes(range(256)),
    "\ud83d".encode("utf-16-le", "surrogatepass"),
)
