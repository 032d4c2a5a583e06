internal import CCrypto

/// Bytes in and out of libcrypto's structures.
enum DER {
    /// What `bytes` encode, by `read` and `free` (a `d2i` and a `free` function of OpenSSL), to be freed; `nil` unless they
    /// are that and nothing else.
    static func decode(
        _ bytes: [UInt8],
        by read: (UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, Int) ->
            OpaquePointer?,
        free: (OpaquePointer?) -> Void
    ) -> OpaquePointer? {
        defer { ERR_clear_error() }
        return bytes.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            guard let start = position, let value = read(nil, &position, buffer.count) else { return nil }
            guard position == start + buffer.count else {
                free(value)
                return nil
            }
            return value
        }
    }

    /// The encoding of `value` by `write` (an `i2d` function of OpenSSL).
    static func encoding(
        of value: OpaquePointer,
        by write: (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) -> [UInt8] {
        let count = Int(write(value, nil))
        precondition(count >= 0, "out of memory")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var position = buffer.baseAddress
            filled = Int(write(value, &position))
        }
    }

    /// The SHA-256 that an imprint has; `nil` if it is another digest's.
    static func digest(in imprint: OpaquePointer?) -> SHA256Digest? {
        guard let imprint, let algorithm = TS_MSG_IMPRINT_get_algo(imprint),
            let message = TS_MSG_IMPRINT_get_msg(imprint)
        else { return nil }
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        guard OBJ_obj2nid(object) == NID_sha256 else { return nil }
        return SHA256Digest(bytes(of: message))
    }

    /// The bytes of a string.
    static func bytes(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }

    /// A number that is not negative, big-endian, without leading zeros; `nil` for a negative one.
    static func number(_ integer: UnsafePointer<ASN1_INTEGER>) -> [UInt8]? {
        guard integer.pointee.type == V_ASN1_INTEGER else { return nil }
        return Array(bytes(of: integer).drop { $0 == 0 })
    }

    /// An object identifier as dotted numbers.
    static func text(of object: OpaquePointer) -> String {
        var text = [CChar](repeating: 0, count: 256)
        let count = min(Int(OBJ_obj2txt(&text, Int32(text.count), object, 1)), text.count - 1)
        return String(decoding: text[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
