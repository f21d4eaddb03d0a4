"""What a stage's name tells: won, lost, disqualified, recycled, and how deep in the funnel.

Names are compared as words in small letters without accents, in the languages CRMs are kept in.
A name is looked up whole and word by word; endings of inflected languages are covered by stems
(marked with a final *).
"""

from __future__ import annotations

import re
import unicodedata

from onefunnel.agreement.stage import Kind

_WORDS: dict[Kind, str] = {
    "disqualified": """
        disqualif* unqualif* desqualif* descalific* squalific* diskvalif* disqualifiziert*
        unqualifiziert* ungeeignet junk spam invalid duplicate duplikat doublon duplicado
        doppione not_qualified non_qualif* nicht_qualif* no_calific* nao_qualif*
        no_cualific* non_idone* bad_fit no_fit not_a_fit poor_fit out_of_scope
        inzetbaar_niet niet_gekwalif* ej_kvalif* niekwalif* nie_kwalif* неквалиф* некачеств*
        不合格 無効 无效
        부적격
    """,
    "lost": """
        lost lose loss verloren verlust perdu perdue perdus perdues perdid* perso persa
        persi perse tabt forlora* forlorad tapt havitty havio przegran* utracon* stracon*
        ztracen* prohran* stratene pierdut* kaybed* kayip elveszett elvesztett vesztett
        χαμεν* απωλ* проигран* потерян* утрачен* отказ* провал* отклонен* 丢单 输单 失单 失注 敗北
        실주 실패 lost_deal no_sale not_won cancel* abandon* dropped withdrawn declin* reject*
        refus* abgelehnt* abgebrochen* storn* rechaz* rifiut* annul* rejeit* odrzucon*
        zamitnut* odmitnut* unsuccessful* failed churned negativ* kein_interesse
        no_interest not_interested pas_interesse* sin_interes خسارة אבוד dead not_converted
        unconverted wont_buy
    """,
    "recycled": """
        recycl* recicl* ricicl* rework returned_to_marketing back_to_marketing on_hold
        parked dormant wiedervorlage zuruckgestellt geparkt pausiert en_pause en_espera
        in_attesa aplazad* sospeso zawieszon* отложен* postponed deferred snoozed pa_vent
        pa_is
    """,
    "won": """
        won win gewonnen gagne gagnee gagnes gagnees ganado ganada ganados ganadas ganho
        ganha ganhos vinto vinta vinti vinte vundet vunnen vunnet vann voitettu voitto
        wygran* vyhran* castigat* kazanil* kazanildi nyert megnyert κερδισμεν* выигран*
        успешн* 成交 赢单 贏單 成約 受注 수주 성사 فوز נסגר_בהצלחה positiv* successful erfolgreich
    """,
}

#: Names of a good end where no stage is called won, best first.
_ENDS = (
    "sold sale sales_order purchase* ordered order bought buyer signed contract_signed paid "
    "payment* verkauft verkauf auftrag bestell* bestellt unterschrieben vendu vendue vente "
    "commande signe vendid* venta pedido comprad* firmad* vendut* ordine firmat* venda pedid* "
    "sprzedan* zamowien* verkocht bestelling salg solgt salt kopt продан* продаж* заказ* "
    "оплачен* 購入 구매 购买 签约",
    "customer client kunde klant cliente klient kund clienti asiakas клиент* 客户 顧客 고객",
    "converted conversion activat* subscribed subscriber enrolled approved onboarded",
    "completed complete resolved resolve* solved fulfilled delivered done finished closed "
    "close abgeschlossen erledigt geschlossen gelost termine cloture* resolu clos cerrad* "
    "resuelt* completad* chiuso chiusa completat* risolt* fechad* concluid* resolvid* "
    "afgerond gesloten afsluttet lukket avslutad stangd zakoncz* zamkniet* завершен* закрыт* "
    "выполнен* 完成 完了 완료",
)

#: Words of open stages by depth, from first contact (0) to just before the decision (9).
_DEPTHS: dict[int, str] = {
    0: "visit* visitor anonymous awareness aware subscriber traffic impression* suspect* "
    "attention",
    1: "new cold neu nouveau nouvelle nuevo nueva nuovo novo nova nowy ny uusi open incoming "
    "inquiry inquiries enquiry raw lead leads unassigned created registered received "
    "signup interest нов* 新規 新建 prospect* anfrage eingang",
    2: "contact* contatt* contat* warm attempt* working "
    "kontakt* connected engag* reached nurtur* aql mql assigned "
    "automation_qualified marketing_qualified marketing",
    3: "accepted sal accept* tal teleprospect* zugewiesen",
    4: "qualif* sql sales_qualified discovery appointment* meeting* termin rendez* reunion* "
    "calific* evaluat* trial bedarf* needs analysis квалиф*",
    5: "opportunit* demo* presentation* presented solution* technical consider* desire value "
    "pilot besuch",
    6: "proposal* proposition* quote* quoted quotation* offer* angebot* offre* devis "
    "propuesta* proposta* preventiv* oferta* oferte* tilbud* offert* предложен* 見積 报价 "
    "proposed",
    7: "negotiat* verhandl* negoci* negozi* onderhandel* forhandl* переговор* 商談 谈判 review* "
    "decision* bought-in perception decider*",
    8: "verbal* commit* contract* vertrag* contrat* contratto legal procurement approval* "
    "closing",
}  # fmt: skip
_AFTER = (
    "onboard* implement* kickoff live adoption adopt* use using active retention retain* renew* "
    "expan* upsell* upgrade* advocate* referral* loyal* repeat* service serviced maintenance"
)


#: Letters that are not made of a plain letter and an accent.
_BARE = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "đ": "d", "ı": "i", "œ": "oe"})


def kind_of(name: str) -> Kind | None:
    """The kind the name tells; None where it tells none (an ordinary open stage)."""
    words = _words(name)
    for kind, known in _KNOWN:
        if _tells(words, known):
            return kind
    return None


def end_rank(name: str) -> int | None:
    """How surely the name means a good end where none is called won; 0 is surest."""
    words = _words(name)
    return next((rank for rank, known in enumerate(_KNOWN_ENDS) if _tells(words, known)), None)


def depth_of(name: str) -> float | None:
    """How deep in the funnel the name usually stands: 0 first contact, 9 won, 10 after the sale."""
    words = _words(name)
    if _tells(words, _KNOWN_AFTER):
        return 10.0
    found = [depth for depth, known in _KNOWN_DEPTHS.items() if _tells(words, known)]
    return max(found) if found else 9.0 if kind_of(name) == "won" else None


def plain(name: str) -> str:
    """The name in small letters, without accents and signs, words parted by one blank."""
    spread = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # ClosedWon, closedWon
    bare = unicodedata.normalize("NFKD", re.sub("['’]", "", spread.casefold()))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = unicodedata.normalize("NFC", bare).translate(_BARE)
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))


def _words(name: str) -> tuple[str, ...]:
    words = plain(name).split()
    glued = {"closedwon": ["closed", "won"], "closedlost": ["closed", "lost"]}
    return tuple(part for word in words for part in glued.get(word, [word]))


def _tells(words: tuple[str, ...], known: tuple[tuple[tuple[str, ...], bool], ...]) -> bool:
    for phrase, is_stem in known:
        size = len(phrase)
        for start in range(len(words) - size + 1):
            part = words[start : start + size]
            if part[:-1] == phrase[:-1] and (
                part[-1] == phrase[-1] or (is_stem and part[-1].startswith(phrase[-1]))
            ):
                return True
    # Languages written without blanks: the word may stand anywhere in the name.
    whole = "".join(words)
    return any(phrase[0][:1] > "\u2e7f" and "".join(phrase) in whole for phrase, _ in known)


def _read(words: str) -> tuple[tuple[tuple[str, ...], bool], ...]:
    entries = []
    for word in words.split():
        is_stem = word.endswith("*")
        parts = tuple(plain(part) for part in word.removesuffix("*").split("_"))
        entries.append((tuple(part for part in parts if part), is_stem))
    return tuple(entries)


_KNOWN: tuple[tuple[Kind, tuple[tuple[tuple[str, ...], bool], ...]], ...] = tuple(
    (kind, _read(words)) for kind, words in _WORDS.items()
)
_KNOWN_ENDS = tuple(_read(words) for words in _ENDS)
_KNOWN_DEPTHS = {depth: _read(words) for depth, words in _DEPTHS.items()}
_KNOWN_AFTER = _read(_AFTER)
