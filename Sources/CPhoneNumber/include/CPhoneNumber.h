#ifndef CPHONENUMBER_H
#define CPHONENUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The little of libphonenumber that contact addresses need, in C. Every function may be called from any thread, lets no
   exception out, keeps nothing of its arguments and allocates nothing that the caller would have to free. The first
   call starts libphonenumber (about 5 ms). */

#ifdef __cplusplus
extern "C" {
#endif

/* What came of reading a number. */
typedef enum {
    CPN_OK = 0,
    CPN_UNKNOWN_REGION = 1,       /* the default region is none that libphonenumber knows */
    CPN_UNKNOWN_CALLING_CODE = 2, /* no such country calling code, or a national number without a region */
    CPN_NOT_A_NUMBER = 3,
    CPN_TOO_SHORT = 4,
    CPN_TOO_LONG = 5,
    CPN_EXTENSION = 6, /* a number with an extension, at which no message arrives */
    CPN_FAILED = 7     /* libphonenumber threw */
} cpn_outcome;

typedef struct {
    char e164[24];  /* "+34600111222", NUL-terminated; empty unless the outcome is CPN_OK */
    char region[4]; /* "ES", "001" for a calling code of no country, empty when unknown */
    int is_own_region; /* whether the number tells the region, not only its calling code, of which it is the main one */
    int is_possible; /* whether numbers of this calling code have this length */
    int is_valid;    /* whether the number lies in an assigned range, by the metadata of this libphonenumber */
} cpn_number;

/* Reads `length` bytes of UTF-8 as a phone number. `region` is two capital letters, for numbers written as they are
   dialled within a country, or NULL. */
cpn_outcome cpn_parse(const char *text, size_t length, const char *region, cpn_number *number);

/* The most regions that share a calling code, with room for more. */
enum { CPN_MOST_REGIONS = 64 };

/* Writes the regions that share `calling_code` one after the other, two letters each, the main one first, and returns how
   many there are; 0 for a code of no country, -1 if there are more than CPN_MOST_REGIONS or libphonenumber threw. */
int cpn_regions(int calling_code, char letters[2 * CPN_MOST_REGIONS]);

/* A 64-bit FNV-1a hash of libphonenumber's metadata: it changes when, and only when, a number could be read another
   way. It does not start libphonenumber. */
uint64_t cpn_metadata_fingerprint(void);

#ifdef __cplusplus
}
#endif

#endif
