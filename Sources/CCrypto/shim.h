/* The low-level SHA-256 interface: EVP costs a fetch and an allocation for each of the millions of short hashes of a
   log, and OpenSSL marks it deprecated in favour of EVP without planning to remove it before a major release. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

/* Keyed digests (RFC 2104). */
#include <openssl/hmac.h>

/* Time stamps (RFC 3161). */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

/* What follows is macros in OpenSSL's headers, which Swift does not see. */

/* The certificate of who signed the token; NULL if it is not in it. Not to be freed. */
static inline X509 *CCrypto_signer(PKCS7 *token)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    X509 *signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
    sk_X509_free(signers);
    return signer;
}

/* The number of the digest with which the token's only signer signed; NID_undef if there is not one signer. */
static inline int CCrypto_signerDigest(PKCS7 *token)
{
    STACK_OF(PKCS7_SIGNER_INFO) *infos = PKCS7_get_signer_info(token);
    if (infos == NULL || sk_PKCS7_SIGNER_INFO_num(infos) != 1)
        return NID_undef;
    return OBJ_obj2nid(sk_PKCS7_SIGNER_INFO_value(infos, 0)->digest_alg->algorithm);
}

/* Prints a name as RFC 2253 has it, in UTF-8, control characters escaped. */
static inline int CCrypto_printName(BIO *output, const X509_NAME *name)
{
    return X509_NAME_print_ex(output, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

/* The first line that the authority adds to its status; NULL if there is none. Not to be freed. */
static inline const ASN1_STRING *CCrypto_statusText(const TS_STATUS_INFO *status)
{
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(status);
    return sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
}

/* Whether the certificate names itself as its issuer, as a root does. */
static inline int CCrypto_isSelfIssued(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0;
}
