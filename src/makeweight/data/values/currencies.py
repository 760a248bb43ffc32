"""Signs and codes of currencies."""

SIGNS = (
    "$\u20ac\u00a3\u00a5\u00a2\u20b9\u20bd\u20a9\u20aa\u20ab\u20b4\u20ba\u20b1\u20a6\u20a1\u20ad\u20ae\u20b2\u20b5\u20b8\u20bc\u20be\u20bf"
    "\u0e3f\ufdfc\uff04\uffe0\uffe1\uffe5\uffe6"
)

ISO_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
    "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS "
    "UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
OTHER_CODES = "DEM FRF ITL ESP NLG BEF ATS RMB CNH BTC XBT ETH XMR LTC DOGE XRP BCH USDT USDC ADA SOL DOT"
CODES = frozenset(f"{ISO_CODES} {OTHER_CODES}".split())
"""ISO 4217, some that are older, and some of crypto money."""
ABBREVIATIONS = frozenset("kr rs rp rm fr sfr z\u0142 k\u010d ft lei lev dh dhs eur usd gbp chf".split())  # noqa: SIM905
"""In any case; other codes in small letters are words, such as all, top or try."""


def is_currency(text: str) -> bool:
    """Return whether a text beside a number is a sign, a code or an abbreviation of a currency."""
    name = text.strip().rstrip(".")
    return name in CODES or name.casefold() in ABBREVIATIONS or any(sign in name for sign in SIGNS)
