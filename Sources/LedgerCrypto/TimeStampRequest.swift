internal import CCrypto

/// What is asked of a time-stamping authority (RFC 3161 §2.4.1): a stamp of a SHA-256, with a nonce, the authority's
/// certificate to be in the answer.
public struct TimeStampRequest: Sendable {
    /// The largest request that is read, in bytes.
    public static let maximumByteCount = 4096
    /// The size of the nonces that are made here; their highest bit is clear, the next one set, so that the number has
    /// always as many bytes. (There are authorities that take no more than 64 bits.)
    private static let nonceByteCount = 8

    /// The request in DER, as it is sent, with the content type `application/timestamp-query`.
    public let bytes: [UInt8]
    /// What is to be stamped.
    public let digest: SHA256Digest
    /// A number that the answer repeats, big-endian, without leading zeros; `nil` where the request has none.
    public let nonce: [UInt8]?
    /// The policy under which the stamp is to be made, as dotted numbers; `nil`: any.
    public let policy: String?

    /// Asks for a stamp of `digest`. Throws `malformed` for a policy that is not an object identifier.
    public init(of digest: SHA256Digest, policy: String? = nil, random: any RandomSource) throws(CryptoError) {
        var nonce = random.bytes(Self.nonceByteCount)
        nonce[0] = nonce[0] & 0x3f | 0x40
        try self.init(of: digest, nonce: nonce, policy: policy)
    }

    /// The same with a nonce of the caller's choice, or none.
    init(of digest: SHA256Digest, nonce: [UInt8]?, policy: String?) throws(CryptoError) {
        let request = try Self.make(digest, nonce, policy)
        defer { TS_REQ_free(request) }
        self.digest = digest
        self.nonce = nonce
        self.policy = policy
        bytes = DER.encoding(of: request, by: i2d_TS_REQ)
    }

    /// Reads a request, this library's or another's; throws `malformed` unless it is one, of version 1, for a SHA-256.
    public init(parsing bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count <= Self.maximumByteCount, let request = DER.decode(bytes, by: d2i_TS_REQ, free: TS_REQ_free)
        else {
            throw CryptoError(.malformed, "this is not a request for a time stamp (RFC 3161, in DER)")
        }
        defer { TS_REQ_free(request) }
        guard TS_REQ_get_version(request) == 1, let digest = DER.digest(in: TS_REQ_get_msg_imprint(request)) else {
            throw CryptoError(
                .malformed, "this asks for a time stamp of something else than a SHA-256 (RFC 3161, 2.4.1)")
        }
        self.bytes = bytes
        self.digest = digest
        nonce = TS_REQ_get_nonce(request).flatMap(DER.number)
        policy = TS_REQ_get_policy_id(request).map { DER.text(of: $0) }
    }

    /// OpenSSL's form of a request; to be freed.
    static func make(
        _ digest: SHA256Digest, _ nonce: [UInt8]?, _ policy: String?
    ) throws(CryptoError) -> OpaquePointer {
        guard let request = TS_REQ_new(), let imprint = TS_MSG_IMPRINT_new(), let algorithm = X509_ALGOR_new() else {
            preconditionFailure("out of memory")
        }
        defer {
            TS_MSG_IMPRINT_free(imprint)
            X509_ALGOR_free(algorithm)
        }
        var bytes = digest.bytes
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil)
        var isMade =
            TS_REQ_set_version(request, 1) == 1 && TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1
            && TS_MSG_IMPRINT_set_msg(imprint, &bytes, Int32(bytes.count)) == 1
            && TS_REQ_set_msg_imprint(request, imprint) == 1 && TS_REQ_set_cert_req(request, 1) == 1
        if let nonce {
            let number = BN_bin2bn(nonce, Int32(nonce.count), nil)
            let value = BN_to_ASN1_INTEGER(number, nil)
            isMade = isMade && TS_REQ_set_nonce(request, value) == 1
            ASN1_INTEGER_free(value)
            BN_free(number)
        }
        if let policy {
            guard let object = OBJ_txt2obj(policy, 1) else {
                TS_REQ_free(request)
                ERR_clear_error()
                throw CryptoError(
                    .malformed,
                    "“\(policy.prefix(80))” is not a policy of a time-stamping authority: numbers with dots, such as 1.2.3.4.1"
                )
            }
            isMade = isMade && TS_REQ_set_policy_id(request, object) == 1
            ASN1_OBJECT_free(object)
        }
        precondition(isMade, "out of memory")
        return request
    }
}
