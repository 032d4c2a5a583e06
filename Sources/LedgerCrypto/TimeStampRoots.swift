internal import CCrypto

/// The certificates by which time-stamping authorities are trusted: those that name themselves as their issuer are roots,
/// and others may lie between a root and an authority.
public final class TimeStampRoots: @unchecked Sendable {
    /// The largest file, in bytes.
    public static let maximumByteCount = 4 << 20
    // OpenSSL counts references to a certificate, and caches what it reads in it, under locks of its own.
    private let certificates: [OpaquePointer]

    /// Reads certificates in PEM, at least one a root. Throws `malformed` if there is none, or one cannot be read.
    public init(pem bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw CryptoError(.malformed, "the certificates have more than \(Self.maximumByteCount) bytes")
        }
        var certificates: [OpaquePointer] = []
        var isCutShort = false
        bytes.withUnsafeBytes { buffer in
            guard let file = BIO_new_mem_buf(buffer.baseAddress, Int32(buffer.count)) else { return }
            defer { BIO_free(file) }
            while let certificate = PEM_read_bio_X509(file, nil, nil, nil) { certificates.append(certificate) }
            // That nothing begins any more is how a file ends.
            let last = ERR_peek_last_error()
            isCutShort = ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE
            ERR_clear_error()
        }
        self.certificates = certificates
        guard !isCutShort, certificates.contains(where: { CCrypto_isSelfIssued($0) != 0 }) else {
            throw CryptoError(
                .malformed,
                isCutShort
                    ? "certificate \(certificates.count + 1) cannot be read (X.509, in PEM)"
                    : "there is no root among the \(certificates.count) certificates: one that names itself as its issuer, in "
                        + "PEM, between “-----BEGIN CERTIFICATE-----” and “-----END CERTIFICATE-----”")
        }
    }

    deinit { for certificate in certificates { X509_free(certificate) } }

    /// What OpenSSL verifies by, at `time` in seconds since 1970; to be freed. Keys and digests weaker than 112 bits (RSA
    /// below 2,048 bits, SHA-1) count for nothing.
    func store(at time: Int) -> OpaquePointer {
        guard let store = X509_STORE_new(), let parameters = X509_STORE_get0_param(store) else {
            preconditionFailure("out of memory")
        }
        for certificate in certificates { X509_STORE_add_cert(store, certificate) }
        X509_VERIFY_PARAM_set_time(parameters, time)
        X509_VERIFY_PARAM_set_auth_level(parameters, 2)
        return store
    }
}
