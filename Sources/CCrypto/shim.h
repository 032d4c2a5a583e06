/* The low-level SHA-256 interface: EVP costs a fetch and an allocation for each of the millions of short hashes of a
   log, and OpenSSL marks it deprecated in favour of EVP without planning to remove it before a major release. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
