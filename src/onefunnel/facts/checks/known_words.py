"""Names that data should spell right: countries and sectors, by their plain key."""

from __future__ import annotations

from onefunnel.facts.checks.context import plain_key

_COUNTRIES = """Afghanistan|Albania|Algeria|Andorra|Angola|Antigua and Barbuda|Argentina|Armenia|
Australia|Austria|Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados|Belarus|Belgium|Belize|Benin|
Bhutan|Bolivia|Bosnia and Herzegovina|Botswana|Brazil|Brunei|Bulgaria|Burkina Faso|Burundi|
Cambodia|Cameroon|Canada|Cape Verde|Central African Republic|Chad|Chile|China|Colombia|Comoros|
Congo|Costa Rica|Croatia|Cuba|Cyprus|Czech Republic|Czechia|Denmark|Djibouti|Dominica|
Dominican Republic|Ecuador|Egypt|El Salvador|Equatorial Guinea|Eritrea|Estonia|Eswatini|Ethiopia|
Fiji|Finland|France|Gabon|Gambia|Georgia|Germany|Ghana|Greece|Grenada|Guatemala|Guinea|
Guinea-Bissau|Guyana|Haiti|Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|
Israel|Italy|Ivory Coast|Jamaica|Japan|Jordan|Kazakhstan|Kenya|Kiribati|Korea|Kosovo|Kuwait|
Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya|Liechtenstein|Lithuania|Luxembourg|Macao|
Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Marshall Islands|Mauritania|Mauritius|Mexico|
Micronesia|Moldova|Monaco|Mongolia|Montenegro|Morocco|Mozambique|Myanmar|Namibia|Nauru|Nepal|
Netherlands|New Zealand|Nicaragua|Niger|Nigeria|North Korea|North Macedonia|Norway|Oman|Pakistan|
Palau|Palestine|Panama|Papua New Guinea|Paraguay|Peru|Philippines|Poland|Portugal|Puerto Rico|Qatar|
Romania|Russia|Russian Federation|Rwanda|Saint Lucia|Samoa|San Marino|Saudi Arabia|Senegal|Serbia|
Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|Solomon Islands|Somalia|South Africa|
South Korea|South Sudan|Spain|Sri Lanka|Sudan|Suriname|Sweden|Switzerland|Syria|Taiwan|Tajikistan|
Tanzania|Thailand|Timor-Leste|Togo|Tonga|Trinidad and Tobago|Tunisia|Turkey|Turkmenistan|Tuvalu|
Uganda|Ukraine|United Arab Emirates|United Kingdom|United States|United States of America|Uruguay|
Uzbekistan|Vanuatu|Vatican City|Venezuela|Vietnam|Viet Nam|Yemen|Zambia|Zimbabwe|England|Scotland|
Wales|Deutschland|Österreich|Schweiz|Frankreich|Italien|Spanien|Niederlande|Belgien|Polen|
Tschechien|Dänemark|Schweden|Norwegen|Finnland|Griechenland|Ungarn|Großbritannien|Allemagne|
Autriche|Suisse|Italie|Espagne|Pays-Bas|Belgique|Pologne|Royaume-Uni|Alemania|España|Francia|Italia|
México|Brasil|Países Bajos|Reino Unido|Estados Unidos|Germania|Spagna|Svizzera|Paesi Bassi|
Nederland|België|Duitsland|Frankrijk|Polska|Niemcy|Francja|Hiszpania|Sverige|Norge|Danmark"""
_SECTORS = """technology|technologies|software|hardware|retail|finance|financial|financial services|
banking|insurance|healthcare|medical|pharmaceutical|pharmaceuticals|biotechnology|education|
employment|entertainment|marketing|telecommunications|telecommunication|manufacturing|construction|
transportation|logistics|automotive|aerospace|agriculture|energy|utilities|hospitality|government|
consulting|services|business services|professional services|real estate|media|chemicals|chemical|
electronics|engineering|machinery|mining|packaging|publishing|security|wholesale|textiles|food|
beverages|food and beverage|consumer goods|consumer|nonprofit|non-profit|legal|travel|tourism|
environmental|advertising|apparel|communications|shipping|recreation|industrial|industry|internet"""

#: Plain key -> the right spelling.
COUNTRIES: dict[str, str] = {
    plain_key(name.strip()): name.strip() for name in _COUNTRIES.split("|") if name.strip()
}
SECTORS: dict[str, str] = {
    plain_key(name.strip()): name.strip() for name in _SECTORS.split("|") if name.strip()
}
