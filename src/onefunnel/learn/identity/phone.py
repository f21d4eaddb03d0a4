"""When are two telephone numbers, however typed, the same number?"""

from __future__ import annotations

from onefunnel.learn.identity.country import country_code


def normalise_phone(text: str | None, country: str | None = None) -> str | None:
    """The number in E.164 (+441632960123), an extension after `;ext=`; None where it is none.

    A number without a country code is read as one of `country`. Numbers too short or too long,
    and ones people type to get past a form (all one digit, 123456789), are None.
    """
    if not text:
        return None
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country_code(country))
    except phonenumbers.NumberParseException:
        return None
    digits = str(number.national_number)
    if not phonenumbers.is_possible_number(number):
        return None
    if len(set(digits)) <= 2 or digits[:7] in "1234567890" or digits[:7] in "9876543210":
        return None
    plain = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{plain};ext={number.extension}" if number.extension else plain
