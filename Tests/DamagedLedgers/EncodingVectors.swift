internal import LedgerCrypto

extension Vector {
    /// One item of CBOR in hexadecimal, written by hand from RFC 8949.
    static let encodingVectors: [Vector] = [
        taken("zero", "The least integer.", "00"),
        taken("integer-23", "The largest integer within a head's first byte.", "17"),
        taken("integer-24", "The least that needs a byte more.", "1818"),
        taken("integer-255", "The largest of one byte.", "18ff"),
        taken("integer-256", "The least that needs two bytes.", "190100"),
        taken("integer-65536", "The least that needs four bytes.", "1a00010000"),
        taken("integer-2-to-the-32", "The least that needs eight bytes.", "1b0000000100000000"),
        taken("largest-integer", "2^64 - 1.", "1bffffffffffffffff"),
        taken("negative-integer", "-8.", "27"),
        taken("least-negative-integer", "-2^64.", "3bffffffffffffffff"),
        taken("false", "A truth value.", "f4"),
        taken("true", "A truth value.", "f5"),
        taken("empty-strings", "An empty byte string and an empty text.", "824060"),
        taken("text-beyond-ascii", "Text of two, three and four bytes a character.", "69c3a9e28094f09f9982"),
        taken("text-with-nul", "NUL is a character like others, for the encoding.", "6100"),
        taken("text-not-normalised", "A letter and a combining accent stay two characters.", "6365cc81"),
        taken("empty-array-and-map", "Containers of nothing.", "8280a0"),
        taken("map-keys-by-length", "A key of one byte comes before one of two.", "a21700181800"),
        taken(
            "map-keys-of-kinds", "Integers before negative ones, byte strings, text, arrays, booleans.",
            "a600002000400060008000f400"),
        taken("eight-levels", "Arrays within arrays, eight levels in all.", "8181818181818100"),

        refused("nine-levels", "Arrays within arrays, nine levels in all.", "818181818181818100"),
        refused("nothing", "There is no item.", ""),
        refused("integer-in-a-byte-too-many", "23 in two bytes.", "1817"),
        refused("integer-in-two-bytes-too-many", "255 in three bytes.", "1900ff"),
        refused("integer-in-four-bytes-too-many", "65,535 in five bytes.", "1a0000ffff"),
        refused("integer-in-eight-bytes-too-many", "2^32 - 1 in nine bytes.", "1b00000000ffffffff"),
        refused("negative-in-a-byte-too-many", "-8 in two bytes.", "3807"),
        refused("length-in-a-byte-too-many", "A byte string's length in a longer head.", "580161"),
        refused("text-length-in-a-byte-too-many", "A text's length in a longer head.", "780161"),
        refused("array-length-in-a-byte-too-many", "An array's length in a longer head.", "980100"),
        refused("map-length-in-a-byte-too-many", "A map's length in a longer head.", "b8010000"),
        refused("indefinite-array", "An array of indefinite length.", "9f00ff"),
        refused("indefinite-map", "A map of indefinite length.", "bf0000ff"),
        refused("indefinite-bytes", "A byte string in pieces.", "5f4100ff"),
        refused("indefinite-text", "A text in pieces.", "7f6161ff"),
        refused("break-alone", "A break where no length is indefinite.", "ff"),
        refused("reserved-length-28", "A head whose length is reserved.", "1c"),
        refused("reserved-length-30", "A head whose length is reserved.", "1e"),
        refused("tag", "A tagged integer.", "c100"),
        refused("self-described", "The tag of self-described CBOR.", "d9d9f700"),
        refused("bignum", "An integer as a tagged byte string.", "c24101"),
        refused("null", "Null.", "f6"),
        refused("undefined", "Undefined.", "f7"),
        refused("simple-value", "A simple value of no meaning.", "e0"),
        refused("false-in-two-bytes", "False in a longer head.", "f814"),
        refused("simple-value-32", "A simple value of two bytes.", "f820"),
        refused("half-float", "A floating-point number of two bytes.", "f93c00"),
        refused("float", "A floating-point number of four bytes.", "fa3f800000"),
        refused("double", "A floating-point number of eight bytes.", "fb3ff0000000000000"),
        refused("head-cut-off", "The bytes end within a head.", "1901"),
        refused("bytes-cut-off", "A byte string is shorter than it says.", "4261"),
        refused("text-cut-off", "A text is shorter than it says.", "6261"),
        refused("array-cut-off", "An item of an array is missing.", "8200"),
        refused("map-cut-off", "The value of a map's key is missing.", "a100"),
        refused("trailing-byte", "A byte follows the item.", "0000"),
        refused("keys-out-of-order", "A map's keys descend.", "a201000000"),
        refused("key-twice", "A map has a key twice.", "a200000001"),
        refused(
            "keys-by-value-rather-than-bytes", "-1 before 0, as numbers have it; bytewise it comes after.",
            "a220000000"),
        refused("keys-out-of-order-within", "A map within an array has keys that descend.", "81a201000000"),
        refused("text-overlong", "NUL in two bytes.", "62c080"),
        refused("text-surrogate", "A surrogate in UTF-8.", "63eda080"),
        refused("text-beyond-unicode", "A character above U+10FFFF.", "64f4908080"),
        refused("text-continuation-alone", "A continuation byte with nothing to continue.", "6180"),
        refused("text-cut-in-a-character", "The text ends within a character.", "62e282"),
        refused("hostile-bytes-length", "A byte string that says it has 2^63 bytes.", "5b8000000000000000"),
        refused("hostile-array-length", "An array that says it has 2^63 items.", "9b8000000000000000", "too-large"),
        refused("hostile-map-length", "A map that says it has 2^64 - 1 pairs.", "bbffffffffffffffff", "too-large"),
    ]

    private static func taken(_ name: String, _ comment: String, _ hex: String) -> Vector {
        Vector(.encoding, name, comment, .accept, ["item-hex": .text(hex)])
    }

    private static func refused(
        _ name: String, _ comment: String, _ hex: String, _ code: String = "encoding"
    ) -> Vector {
        Vector(.encoding, name, comment, .structure(code), ["item-hex": .text(hex)])
    }
}
