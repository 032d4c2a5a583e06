internal import ConsentModel
internal import LedgerCrypto
internal import TransparencyLog

/// Time stamps of a checkpoint.
extension Vector {
    private static let fixed = StampFixture.self
    private static let nonce: [UInt8] = [0x82, 0xaa, 0x79, 0x72, 0x5d, 0x11, 0x5b, 0x86]

    static let stampVectors: [Vector] = [
        stamp(
            "expired-since", "The certificate has expired, and had not at the time of the stamp.", .accept, fixed.good),
        stamp("nonce", "The stamp answers the request with that nonce.", .accept, fixed.good, nonce: nonce),
        stamp(
            "policy", "The stamp was made under the policy that is asked for.", .accept, fixed.good, policy: "1.2.3.4.1"
        ),
        stamp("without-a-nonce", "The stamp has no nonce, and none is asked for.", .accept, fixed.withoutNonce),
        stamp(
            "granted-with-modifications", "The status is 1.", .accept,
            fixed.good.replacing(
                [0x30, 0x03, 0x02, 0x01, 0x00], with: [0x30, 0x03, 0x02, 0x01, 0x01], maxReplacements: 1)),
        stamp(
            "cosigned-since", "The checkpoint was cosigned later, which changes nothing that was stamped.", .accept,
            fixed.good, of: signedForStamp + Array("\u{2014} example.org AAAAAAAA\n".utf8)),
        stamp(
            "two-roots", "The root is the second of those that are trusted.", .accept, fixed.good,
            roots: fixed.foreignRoot + fixed.root),
        stamp(
            "another-checkpoint", "The stamp is of another checkpoint.", .tree("stamp-of-other-bytes"), fixed.good,
            of: try! SignedNote(
                signing: Array(text(size: 1).utf8), as: LogBuilder.origin, with: Party("log").key
            ).bytes),
        stamp(
            "another-signature", "The log's signature line is another one than was stamped.",
            .tree("stamp-of-other-bytes"), fixed.good,
            of: try! SignedNote(
                signing: Array(text(size: 5).utf8), as: LogBuilder.origin, with: LedgerStory.stranger.key
            ).bytes),
        stamp(
            "another-nonce", "The stamp answers another request.", .signatures("stamp-for-other-request"), fixed.good,
            nonce: [1, 2, 3]),
        stamp(
            "nonce-not-returned", "A nonce was asked for, and the stamp has none.",
            .signatures("stamp-for-other-request"), fixed.withoutNonce, nonce: nonce),
        stamp(
            "another-policy", "Another policy was asked for.", .signatures("stamp-for-other-request"), fixed.good,
            policy: "1.2.3.4.5"),
        stamp(
            "another-root", "The root has the same name and another key.", .signatures("untrusted-authority"),
            fixed.good,
            roots: fixed.foreignRoot),
        stamp(
            "expired-then", "The certificate had expired at the time of the stamp.",
            .signatures("untrusted-authority"), fixed.late),
        stamp(
            "not-valid-yet", "The certificate was not valid yet at the time of the stamp.",
            .signatures("untrusted-authority"), fixed.early),
        stamp("signed-with-sha-1", "The stamp was signed with SHA-1.", .signatures("bad-stamp"), fixed.withSHA1),
        stamp(
            "without-a-certificate", "The signer's certificate is not in it.", .signatures("bad-stamp"),
            fixed.withoutCertificate),
        stamp(
            "signature-changed", "The last byte of the signature is another one.", .signatures("bad-stamp"),
            fixed.good.dropLast() + [fixed.good.last! ^ 1]),
        stamp(
            "time-changed", "The time was changed after it was signed.", .signatures("bad-stamp"),
            fixed.good.replacing(Array("20250303120000".utf8), with: Array("20250303110000".utf8))),
        stamp("refused", "The authority refused.", .structure("stamp-not-granted"), fixed.refused),
        stamp("cut-short", "The last byte is missing.", .structure("malformed"), Array(fixed.good.dropLast())),
        stamp("byte-more", "A byte follows.", .structure("malformed"), fixed.good + [0]),
        stamp("empty", "There is nothing.", .structure("malformed"), []),
    ]

    private static func text(size: UInt64) -> String {
        let root = size == 5 ? "0/1bCxMXfonCE/I/SXlQuSudLje2Sh1+oKJ7ZSXisW8=" : Base64.encode(SHA256Digest.zero.bytes)
        return "\(LogBuilder.origin)\n\(size)\n\(root)\n"
    }

    private static let signedForStamp = try! SignedNote(
        signing: Array(text(size: 5).utf8), as: LogBuilder.origin, with: Party("log").key
    ).bytes

    private static func stamp(
        _ name: String, _ comment: String, _ verdict: Verdict, _ response: [UInt8],
        of checkpoint: [UInt8] = signedForStamp,
        nonce: [UInt8]? = nil, policy: String? = nil, roots: String = StampFixture.root
    ) -> Vector {
        var inputs: [String: Value] = [
            "checkpoint": .text(String(decoding: checkpoint, as: UTF8.self)), "response-hex": .hex(response),
            "roots": .text(roots),
        ]
        if let nonce { inputs["nonce-hex"] = .hex(nonce) }
        if let policy { inputs["policy"] = .text(policy) }
        if case .accept = verdict {
            let time: UInt64 = name == "without-a-nonce" ? StampFixture.timeWithoutNonce : StampFixture.time
            inputs["earliest"] = .number(time - 1500)
            inputs["latest"] = .number(time + 1500)
        }
        return Vector(.stamp, name, comment, verdict, inputs)
    }
}
