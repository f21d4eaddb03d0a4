"""Which company does a web or mail domain stand for?"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from onefunnel.learn.identity.email import punycode

#: Mail providers anybody can have an address with: they say nothing about the company.
FREE_MAIL = frozenset(
    """
    126.com 139.com 163.com aol.com aol.co.uk arcor.de bigpond.com bluewin.ch blueyonder.co.uk
    btinternet.com comcast.net cox.net email.com email.cz fastmail.com free.fr freenet.de gmail.com
    gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com
    hotmail.de hotmail.es hotmail.fr hotmail.it icloud.com inbox.com inbox.ru interia.pl
    kpnmail.nl laposte.net libero.it list.ru live.co.uk live.com live.de live.fr live.nl mac.com
    mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com neuf.fr ntlworld.com o2.pl
    online.de onet.pl orange.fr outlook.com outlook.de outlook.es outlook.fr outlook.it planet.nl
    pm.me proton.me protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net seznam.cz
    sfr.fr sina.com sky.com skynet.be t-online.de talktalk.net telenet.be terra.com.br tiscali.it
    tutanota.com uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl
    xs4all.nl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es
    yahoo.fr yahoo.it yandex.com yandex.ru ymail.com ziggo.nl zoho.com
    """.split()  # noqa: SIM905
)
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@?#]*@)?([^/:?#\s]+)", re.IGNORECASE)


@cache
def _public_suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def registrable_domain(text: str | None) -> str | None:
    """The domain somebody registered, of a web address, host or e-mail address; None if none.

    `https://www.acme.co.uk/shop`, `mail.acme.co.uk` and `ann@acme.co.uk` are all acme.co.uk.
    """
    found = _HOST.match(text.strip()) if text else None
    if not found:
        return None
    host = found.group(1).rstrip(".").lower()
    host = host if host.isascii() else punycode(host)
    if "." not in host or host.replace(".", "").isdigit():
        return None
    domain = _public_suffixes().privatesuffix(host)
    return str(domain) if domain else None


def company_domain(text: str | None) -> str | None:
    """The registrable domain where it can stand for a company: not a free mail provider's."""
    domain = registrable_domain(text)
    return None if domain in FREE_MAIL else domain
