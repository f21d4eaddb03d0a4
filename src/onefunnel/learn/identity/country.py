"""Which country is meant? Names as people type them in exports, to ISO 3166 codes."""

from __future__ import annotations

from functools import cache

#: ISO code, three-letter code, then names: English, German, French, its own and common others.
_COUNTRIES = """
AE ARE United Arab Emirates|UAE|Vereinigte Arabische Emirate|Émirats arabes unis
AR ARG Argentina|Argentinien|Argentine
AT AUT Austria|Österreich|Autriche
AU AUS Australia|Australien|Australie
BE BEL Belgium|Belgien|Belgique|België
BG BGR Bulgaria|Bulgarien|Bulgarie
BR BRA Brazil|Brasilien|Brésil|Brasil
CA CAN Canada|Kanada
CH CHE Switzerland|Schweiz|Suisse|Svizzera
CL CHL Chile|Chili
CN CHN China|People's Republic of China|Chine|PR China
CO COL Colombia|Kolumbien|Colombie
CY CYP Cyprus|Zypern|Chypre
CZ CZE Czech Republic|Czechia|Tschechien|Tschechische Republik|République tchèque|Česko
DE DEU Germany|Deutschland|Allemagne|Federal Republic of Germany|BRD|Alemania|Germania
DK DNK Denmark|Dänemark|Danemark|Danmark
EE EST Estonia|Estland|Estonie|Eesti
EG EGY Egypt|Ägypten|Égypte
ES ESP Spain|Spanien|Espagne|España|Spagna
FI FIN Finland|Finnland|Finlande|Suomi
FR FRA France|Frankreich|Francia
GB GBR United Kingdom|UK|U.K.|Great Britain|England|Scotland|Wales|Northern Ireland|Vereinigtes Königreich|Großbritannien|Royaume-Uni|Reino Unido|Regno Unito
GR GRC Greece|Griechenland|Grèce|Hellas
HK HKG Hong Kong|Hongkong
HR HRV Croatia|Kroatien|Croatie|Hrvatska
HU HUN Hungary|Ungarn|Hongrie|Magyarország
ID IDN Indonesia|Indonesien|Indonésie
IE IRL Ireland|Irland|Irlande|Republic of Ireland|Éire
IL ISR Israel|Israël
IN IND India|Indien|Inde
IS ISL Iceland|Island|Islande
IT ITA Italy|Italien|Italie|Italia
JP JPN Japan|Japon
KE KEN Kenya|Kenia
KR KOR South Korea|Korea|Republic of Korea|Südkorea|Corée du Sud
LT LTU Lithuania|Litauen|Lituanie
LU LUX Luxembourg|Luxemburg
LV LVA Latvia|Lettland|Lettonie
MA MAR Morocco|Marokko|Maroc
MT MLT Malta|Malte
MX MEX Mexico|Mexiko|Mexique|México
MY MYS Malaysia
NG NGA Nigeria
NL NLD Netherlands|The Netherlands|Holland|Niederlande|Pays-Bas|Nederland|Países Bajos|Paesi Bassi
NO NOR Norway|Norwegen|Norvège|Norge
NZ NZL New Zealand|Neuseeland|Nouvelle-Zélande
PE PER Peru|Pérou
PH PHL Philippines|Philippinen|Philipines
PK PAK Pakistan
PL POL Poland|Polen|Pologne|Polska|Polonia
PT PRT Portugal
RO ROU Romania|Rumänien|Roumanie
RS SRB Serbia|Serbien|Serbie
RU RUS Russia|Russian Federation|Russland|Russie
SA SAU Saudi Arabia|Saudi-Arabien|Arabie saoudite
SE SWE Sweden|Schweden|Suède|Sverige
SG SGP Singapore|Singapur|Singapour
SI SVN Slovenia|Slowenien|Slovénie
SK SVK Slovakia|Slowakei|Slovaquie
TH THA Thailand|Thaïlande
TN TUN Tunisia|Tunesien|Tunisie
TR TUR Turkey|Türkiye|Türkei|Turquie
TW TWN Taiwan|Taïwan
UA UKR Ukraine
US USA United States|United States of America|U.S.A.|U.S.|America|Vereinigte Staaten|USA (Vereinigte Staaten)|États-Unis|Estados Unidos|Stati Uniti
VN VNM Vietnam|Viet Nam
ZA ZAF South Africa|Südafrika|Afrique du Sud
"""  # noqa: E501 (one country a line)


@cache
def _codes() -> dict[str, str]:
    codes = {}
    for line in _COUNTRIES.strip().splitlines():
        iso, three, names = line.split(" ", 2)
        for name in (iso, three, *names.split("|")):
            codes[name.casefold()] = iso
    return codes


def country_code(country: str | None) -> str | None:
    """The ISO 3166 code of a country as typed: GB for United Kingdom, Royaume-Uni, uk, gb.

    A two-letter code that is not listed here is taken as it is; other unknown names are None.
    """
    if not country:
        return None
    name = " ".join(country.split()).casefold()
    if len(name) == 2 and name.isascii() and name.isalpha():
        return _codes().get(name, name.upper())
    return _codes().get(name)
