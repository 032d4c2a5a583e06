"""Teaches schemathesis how NDJSON is sent: as it is."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return (value if isinstance(value, str) else str(value)).encode(errors="surrogatepass")
