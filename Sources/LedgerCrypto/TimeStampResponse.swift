internal import CCrypto
internal import Glibc

/// The answer of a time-stamping authority (RFC 3161 §2.4.2), as it came. Nothing in it counts before `verify`.
public struct TimeStampResponse: Sendable {
    /// The largest response that is read, in bytes.
    public static let maximumByteCount = 1 << 20

    /// The response in DER.
    public let bytes: [UInt8]
    /// What it says that it is a stamp of; `nil` for a refusal, and for another digest than SHA-256. It counts for nothing
    /// before `verify`.
    public let digest: SHA256Digest?

    /// Reads a response, be it a refusal. Throws `malformed` unless it is one and nothing else, in DER.
    public init(parsing bytes: [UInt8]) throws(CryptoError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw CryptoError(
                .malformed, "the answer of a time-stamping authority has at most \(Self.maximumByteCount) bytes")
        }
        guard let response = Self.decode(bytes) else {
            throw CryptoError(.malformed, "this is not the answer of a time-stamping authority (RFC 3161, in DER)")
        }
        defer { TS_RESP_free(response) }
        self.bytes = bytes
        digest = TS_RESP_get_tst_info(response).flatMap { DER.digest(in: TS_TST_INFO_get_msg_imprint($0)) }
    }

    /// OpenSSL's form, to be freed: each verification has its own, since nothing says that they may share one.
    private static func decode(_ bytes: [UInt8]) -> OpaquePointer? {
        DER.decode(bytes, by: d2i_TS_RESP, free: TS_RESP_free)
    }

    /// When a stamp in `bytes` says that it was made, at the earliest and at the latest, in milliseconds since
    /// 1970-01-01T00:00:00Z, if it has the form of a granted one of `digest`, in DER. Nothing is verified: anybody could have
    /// written it, and what it shows to who trusts an authority `verify` says.
    public static func claim(of digest: SHA256Digest, in bytes: [UInt8]) -> (earliest: UInt64, latest: UInt64)? {
        guard bytes.count <= maximumByteCount, let info = try? TimeStampInfo(of: bytes), info.digest == digest else {
            return nil
        }
        return (info.time.earliest, info.time.latest)
    }

    /// What the stamp shows of `digest`. It holds if the authority granted it; it is of that digest, and of `nonce` and
    /// `policy` where those are asked for; one signer, whose certificate it brings, signed it with a SHA-2; and that
    /// certificate is for time stamping alone and led to one of `roots` **at the time that the stamp says**: it may have
    /// expired since. Whether a certificate was revoked is not asked.
    ///
    /// Throws `notGranted`, `otherDigest`, `otherRequest`, `untrustedAuthority`, `badStamp` and `malformed`.
    public func verify(
        digest: SHA256Digest, nonce: [UInt8]? = nil, policy: String? = nil, roots: TimeStampRoots
    ) throws(CryptoError) -> TimeStamp {
        defer { ERR_clear_error() }
        guard let response = Self.decode(bytes) else { preconditionFailure("out of memory") }
        defer { TS_RESP_free(response) }
        try Self.refuseRefusal(response)
        guard let information = TS_RESP_get_tst_info(response), let token = TS_RESP_get_token(response) else {
            throw CryptoError(.malformed, "the authority's answer has no time stamp in it")
        }
        guard let signer = CCrypto_signer(token) else {
            throw CryptoError(
                .badStamp, "the time stamp does not bring the certificate of who signed it, which was asked for")
        }
        guard self.digest == digest else { throw Self.otherDigest }
        let said = try TimeStampInfo(of: bytes).time
        let request = try TimeStampRequest.make(digest, nonce, policy)
        defer { TS_REQ_free(request) }
        guard let context = TS_REQ_to_TS_VERIFY_CTX(request, nil) else { preconditionFailure("out of memory") }
        // The context frees the store.
        defer { TS_VERIFY_CTX_free(context) }
        TS_VERIFY_CTX_set_store(context, roots.store(at: Int(said.time / 1000)))
        TS_VERIFY_CTX_add_flags(context, Int32(TS_VFY_SIGNATURE))
        ERR_clear_error()
        guard TS_RESP_verify_response(context, response) == 1 else { throw Self.failure() }
        guard [NID_sha256, NID_sha384, NID_sha512].contains(CCrypto_signerDigest(token)) else {
            throw CryptoError(.badStamp, "the time stamp was not signed with a SHA-2, which is due")
        }
        return TimeStamp(
            said: said, authority: Self.name(of: signer),
            policy: TS_TST_INFO_get_policy_id(information).map { DER.text(of: $0) } ?? "",
            serial: TS_TST_INFO_get_serial(information).flatMap { DER.number($0) }.map(Hexadecimal.encode) ?? "")
    }

    // MARK: What it says

    private static func refuseRefusal(_ response: OpaquePointer) throws(CryptoError) {
        guard let status = TS_RESP_get_status_info(response),
            let number = TS_STATUS_INFO_get0_status(status)
        else { throw CryptoError(.malformed, "the authority's answer has no status") }
        let granted = [Int(TS_STATUS_GRANTED), Int(TS_STATUS_GRANTED_WITH_MODS)]
        guard !granted.contains(ASN1_INTEGER_get(number)) else { return }
        let text = CCrypto_statusText(status).map { String(decoding: DER.bytes(of: $0).prefix(200), as: UTF8.self) }
        throw CryptoError(
            .notGranted,
            "the time-stamping authority did not grant the stamp: status \(ASN1_INTEGER_get(number))"
                + (text.map { ", “\($0)”" } ?? ""))
    }

    private static func name(of certificate: OpaquePointer) -> String {
        guard let output = BIO_new(BIO_s_mem()) else { preconditionFailure("out of memory") }
        defer { BIO_free(output) }
        CCrypto_printName(output, X509_get_subject_name(certificate))
        var text = [UInt8](repeating: 0, count: 4096)
        let count = BIO_read(output, &text, Int32(text.count))
        return String(String(decoding: text[..<max(0, Int(count))], as: UTF8.self).prefix(256))
    }

    // MARK: What is wrong with it

    private static var otherDigest: CryptoError {
        CryptoError(.otherDigest, "the time stamp is of other bytes than the checkpoint's")
    }

    /// What OpenSSL says is wrong.
    private static func failure() -> CryptoError {
        var reason: Int32?
        var detail = ""
        var data: UnsafePointer<CChar>?
        var flags: Int32 = 0
        while case let error = ERR_get_error_all(nil, nil, nil, &data, &flags), error != 0 {
            guard ERR_GET_LIB(error) == ERR_LIB_TS else { continue }
            reason = ERR_GET_REASON(error)
            detail = flags & ERR_TXT_STRING != 0 ? data.map { String(cString: $0) } ?? "" : ""
        }
        switch reason {
        case TS_R_MESSAGE_IMPRINT_MISMATCH:
            return otherDigest
        case TS_R_NONCE_MISMATCH, TS_R_NONCE_NOT_RETURNED:
            return CryptoError(
                .otherRequest, "the time stamp answers another request: it does not have the nonce of this one")
        case TS_R_POLICY_MISMATCH:
            return CryptoError(.otherRequest, "the time stamp was made under another policy than the one asked for")
        case TS_R_CERTIFICATE_VERIFY_ERROR:
            let why = detail.split(separator: ":", maxSplits: 1).last.map { ": \($0)" } ?? ""
            return CryptoError(
                .untrustedAuthority,
                "the certificate of who signed the time stamp is not shown to be a trusted authority's at the time that it "
                    + "says\(why)")
        case TS_R_TSA_NAME_MISMATCH, TS_R_TSA_UNTRUSTED:
            return CryptoError(
                .untrustedAuthority, "the time stamp names another authority than the one that signed it")
        default:
            return CryptoError(
                .badStamp,
                "the signature of the time stamp does not verify"
                    + (reason.map { " (OpenSSL’s reason \($0))" } ?? ""))
        }
    }
}
