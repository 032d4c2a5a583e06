"""What schemathesis does not know of consentd."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    """NDJSON is sent as it is."""
    return (value if isinstance(value, str) else str(value)).encode(errors="surrogatepass")


@schemathesis.check
def no_yes(context, response, case):
    """Nobody agreed to anything in the ledger that is asked, so whatever is answered is no yes."""
    assert b'"outcome": "allow"' not in response.content
