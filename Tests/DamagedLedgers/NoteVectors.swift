internal import LedgerCrypto
internal import TransparencyLog

/// Signed notes, checkpoints, cosignatures, and policies over them.
extension Vector {
    private static let origin = LogBuilder.origin
    private static let log = Party("log")
    private static let logKey = LogBuilder.verifierKey(of: log)
    private static let dash = "\u{2014}"
    private static let checkpoint = Checkpoint.text(size: 5)

    // MARK: Notes

    /// A checkpoint with a line more, since a verifier of logs may know no other notes, and another one as long.
    private static let text = checkpoint + "more or less\n"
    private static let other = checkpoint + "more or loss\n"

    static let noteVectors: [Vector] =
        [
            note("signed", "A note and its signature.", .accept, signed(text)),
            note(
                "with-an-unknown-line-before", "A line of an unknown key comes first.", .accept,
                signed(text).inserting("\(dash) example.org AAAAAAAA\n", before: "\(dash) ")),
            note(
                "with-an-unknown-line-after", "A line of an unknown key follows.", .accept,
                signed(text) + Array("\(dash) example.org AAAAAAAA\n".utf8)),
            note(
                "with-a-line-of-the-same-name", "A line with the key's name and another key ID.", .accept,
                signed(text) + Array("\(dash) \(origin) AAAAAAAA\n".utf8)),
            note("with-text-beyond-ascii", "A text of other alphabets.", .accept, signed(checkpoint + "¿Sí? — はい\n")),
            note(
                "100-lines", "As many signature lines as there may be.", .accept,
                signed(text) + Array((0..<99).map { "\(dash) example.org/\($0) AAAAAAAA\n" }.joined().utf8)),
            note(
                "signed-by-another", "Only a key that is not known signed.", .tree("not-signed"),
                signed(text, by: LedgerStory.stranger, as: "example.org")),
            note(
                "signed-by-another-of-the-name", "Another key of the same name signed.", .tree("not-signed"),
                signed(text, by: LedgerStory.stranger)),
            note(
                "text-changed", "The text was changed after it was signed.", .tree("bad-signature"),
                signed(text).replacing(Array("more or less".utf8), with: Array("more or loss".utf8))),
            note(
                "signature-of-another-text", "The signature was made over another text.", .tree("bad-signature"),
                Array("\(other)\n".utf8) + signed(text).suffix(from: text.utf8.count + 1)),
            note(
                "signed-twice", "The key's line is there twice.", .tree("bad-signature"),
                signed(text) + signed(text).suffix(from: text.utf8.count + 1)),
            note(
                "signed-and-badly-signed", "A good line of the key, and a bad one.", .tree("bad-signature"),
                signed(text) + signed(other).suffix(from: text.utf8.count + 1)),
            note(
                "signature-cut-short", "The signature has 63 bytes.", .tree("bad-signature"),
                line(text) { $0.dropLast() }),
            note(
                "signature-of-nothing", "The line holds the key ID alone.", .structure("malformed"),
                line(text) { $0.prefix(4) }),
            note(
                "signature-with-a-larger-s", "The group's order was added to S.", .tree("bad-signature"),
                line(text) { $0.prefix(4) + Malleable.addingOrder(Array($0.dropFirst(4))) }),
            note(
                "key-of-small-order", "The known key is the neutral point, under which anything verifies.",
                .tree("bad-signature"),
                {
                    let neutral = [1] + [UInt8](repeating: 0, count: 31)
                    let key = try! VerifierKey(name: origin, publicKey: Ed25519PublicKey(neutral)!, use: .note)
                    let bytes =
                        withUnsafeBytes(of: key.keyID.bigEndian) { Array($0) } + neutral
                        + [UInt8](repeating: 0, count: 32)
                    return Array("\(text)\n\(dash) \(origin) \(Base64.encode(bytes))\n".utf8)
                }(),
                keys: [
                    try! VerifierKey(
                        name: origin, publicKey: Ed25519PublicKey([1] + [UInt8](repeating: 0, count: 31))!,
                        use: .note
                    ).text
                ]),
            note("no-signature-lines", "There is a text alone.", .structure("malformed"), Array(text.utf8)),
            note(
                "empty-signature-block", "Nothing follows the empty line.", .structure("malformed"),
                Array("\(text)\n".utf8)),
            note(
                "no-empty-line", "The signature follows the text at once.", .structure("malformed"),
                signed(text).replacing(Array("\n\n".utf8), with: Array("\n".utf8))),
            note("no-last-newline", "The last line does not end.", .structure("malformed"), signed(text).dropLast()),
            note(
                "carriage-returns", "Lines end as in files of Windows.", .structure("malformed"),
                signed(text).replacing([0x0a], with: [0x0d, 0x0a])),
            note(
                "tab-in-the-text", "A control character in the text.", .structure("malformed"),
                signed(text).replacing(Array("more ".utf8), with: Array("more\t".utf8))),
            note(
                "text-not-utf-8", "The text is not UTF-8.", .structure("malformed"),
                signed(text).replacing(Array("more".utf8), with: [0xff], maxReplacements: 1)),
            note(
                "hyphen-for-the-dash", "The signature line begins with a hyphen.", .structure("malformed"),
                signed(text).replacing(Array(dash.utf8), with: Array("-".utf8))),
            note(
                "two-spaces", "Two spaces before the signature.", .structure("malformed"),
                signed(text).replacing(Array("\(origin) ".utf8), with: Array("\(origin)  ".utf8))),
            note(
                "plus-in-a-name", "A line's name has a plus.", .structure("malformed"),
                signed(text) + Array("\(dash) example+org AAAAAAAA\n".utf8)),
            note(
                "no-name", "A line has no name.", .structure("malformed"),
                signed(text) + Array("\(dash)  AAAAAAAA\n".utf8)),
            note(
                "base64-without-padding", "A line's base64 is not padded.", .structure("malformed"),
                signed(text) + Array("\(dash) example.org AAAAAAA\n".utf8)),
            note(
                "base64-of-the-url-alphabet", "A line's base64 has a hyphen.", .structure("malformed"),
                signed(text) + Array("\(dash) example.org AAAAAAA-\n".utf8)),
            note(
                "base64-with-bits-left-over", "A line's base64 has bits that mean nothing.", .structure("malformed"),
                signed(text) + Array("\(dash) example.org AAAAAAB=\n".utf8)),
            note(
                "key-id-cut-short", "A line of an unknown key has three bytes.", .structure("malformed"),
                signed(text) + Array("\(dash) example.org AAAA\n".utf8)),
            note(
                "101-lines", "A signature line more than there may be.", .structure("too-large"),
                signed(text) + Array((0..<100).map { "\(dash) example.org/\($0) AAAAAAAA\n" }.joined().utf8)),
            vkey("vkey", "A log's vkey.", .accept, logKey.text),
            vkey(
                "vkey-with-another-key-id", "The key ID is another key's.", .structure("malformed"),
                logKey.text.replacing("+\(logKey.text.split(separator: "+")[1])+", with: "+00000000+")),
            vkey(
                "vkey-with-capitals", "The key ID is in capitals.", .structure("malformed"),
                logKey.text.replacing(
                    logKey.text.split(separator: "+")[1], with: logKey.text.split(separator: "+")[1].uppercased())),
            vkey(
                "vkey-of-an-unknown-type", "The signature type is 2.", .structure("unsupported-key"),
                "example.org+00000000+\(Base64.encode([2] + log.key.publicKey.bytes))"),
            vkey(
                "vkey-without-a-name", "The name is empty.", .structure("malformed"),
                "+\(logKey.text.split(separator: "+", maxSplits: 1)[1])"),
            vkey(
                "vkey-with-a-short-key", "The public key has 31 bytes.", .structure("malformed"),
                "example.org+00000000+\(Base64.encode([1] + log.key.publicKey.bytes.dropLast()))"),
            vkey(
                "vkey-with-a-space", "The name has a space.", .structure("malformed"),
                logKey.text.replacing("log.example.com", with: "log example.com")),
            vkey("vkey-with-a-newline", "A newline follows.", .structure("malformed"), logKey.text + "\n"),
            vkey("vkey-with-a-name-of-1024-bytes", "The longest name.", .accept, vkey(named: longName(1024))),
            vkey(
                "vkey-with-a-name-of-1025-bytes", "The name is a byte longer than there may be.",
                .structure("malformed"),
                vkey(named: longName(1025))),
            note(
                "line-with-a-name-of-1024-bytes", "A line of an unknown key has a long name.", .accept,
                signed(text) + Array("\(dash) \(longName(1024)) AAAAAAAA\n".utf8)),
            note(
                "line-with-a-name-of-1025-bytes", "A line of an unknown key has a name that no known key can have.",
                .accept,
                signed(text) + Array("\(dash) \(longName(1025)) AAAAAAAA\n".utf8)),
            named(0x7f, .accept),
            named(0x80, .accept),
            named(0x85, .structure("malformed")),
            named(0xa0, .structure("malformed")),
            named(0x2028, .structure("malformed")),
            named(0x3000, .structure("malformed")),
            named(0xfeff, .accept),
        ] + (0..<0x20).map { named($0, .structure("malformed")) }

    /// A line of an unknown key with a character in the middle of its name.
    private static func named(_ character: UInt32, _ verdict: Verdict) -> Vector {
        let digits = String(character, radix: 16, uppercase: true)
        let number = String(repeating: "0", count: 4 - digits.count) + digits
        return note(
            "name-with-u-\(number.lowercased())", "A line of an unknown key has U+\(number) in its name.", verdict,
            signed(text) + Array("\(dash) example\(Character(Unicode.Scalar(character)!)).org AAAAAAAA\n".utf8))
    }

    private static func longName(_ count: Int) -> String {
        let name = "example.org/"
        return name + String(repeating: "x", count: count - name.utf8.count)
    }

    /// The vkey of the log's key under another name, whatever its length.
    private static func vkey(named name: String) -> String {
        let key = [1] + log.key.publicKey.bytes
        let keyID = SHA256Digest(hashing: Array("\(name)\n".utf8) + key).bytes.prefix(4)
        return "\(name)+\(Hexadecimal.encode(keyID))+\(Base64.encode(key))"
    }

    private static func note(
        _ name: String, _ comment: String, _ verdict: Verdict, _ bytes: some Sequence<UInt8>,
        keys: [String] = [logKey.text]
    ) -> Vector {
        Vector(
            .note, name, comment, verdict,
            Dictionary(uniqueKeysWithValues: [
                plain("note", Array(bytes)), ("vkeys", .list(keys.map { .text($0) })),
            ]))
    }

    /// A vkey, for a note that it need not have signed.
    private static func vkey(_ name: String, _ comment: String, _ verdict: Verdict, _ key: String) -> Vector {
        note(name, comment, verdict, signed(text), keys: [logKey.text, key].suffix(key == logKey.text ? 1 : 2))
    }

    private static func signed(_ text: String, by party: Party = log, as name: String = origin) -> [UInt8] {
        try! SignedNote(signing: Array(text.utf8), as: name, with: party.key).bytes
    }

    /// A note whose signature line is changed: the key ID and the signature.
    private static func line(_ text: String, _ change: ([UInt8]) -> some Sequence<UInt8>) -> [UInt8] {
        let bytes = signed(text)
        let start = bytes.lastIndex(of: 0x20)! + 1
        let content = Base64.decode(String(decoding: bytes[start...].dropLast(), as: UTF8.self))!
        return bytes[..<start] + Array(Base64.encode(Array(change(content))).utf8) + [0x0a]
    }

    // MARK: Checkpoints

    static let checkpointVectors: [Vector] = [
        tree("signed", "A checkpoint of five entries.", .accept, checkpoint),
        tree("empty", "The checkpoint of an empty tree.", .accept, "\(origin)\n0\n\(root([]))\n", size: 0, root: []),
        tree("one-entry", "A checkpoint of one entry.", .accept, Checkpoint.text(size: 1), size: 1),
        tree("largest", "A tree of 2^63 - 1 entries.", .accept, Checkpoint.text(size: 1 << 63 - 1), size: 1 << 63 - 1),
        tree("with-an-extension-line", "A line follows the root.", .accept, checkpoint + "more\n"),
        tree("with-two-extension-lines", "Two lines follow the root.", .accept, checkpoint + "more\nand more\n"),
        tree(
            "another-origin", "The checkpoint is of another origin.", .structure("wrong-origin"),
            checkpoint.replacing(origin, with: "example.org/log")),
        tree(
            "origin-with-a-slash-more", "The origin ends in a slash.", .structure("wrong-origin"),
            checkpoint.replacing(origin, with: "\(origin)/")),
        tree(
            "origin-in-capitals", "The origin is in other letters.", .structure("wrong-origin"),
            checkpoint.replacing("log.", with: "LOG.")),
        tree(
            "signed-by-another", "Another key of the same name signed.", .tree("not-signed"), checkpoint,
            by: LedgerStory.stranger),
        tree(
            "origin-of-1025-bytes", "The origin is a byte longer than there may be.", .structure("malformed"),
            checkpoint.replacing(origin, with: longName(1025))),
        tree(
            "empty-origin", "The origin is empty.", .structure("malformed"),
            checkpoint.replacing("\(origin)\n", with: "\n")),
        tree("two-lines", "There is no root.", .structure("malformed"), "\(origin)\n5\n"),
        tree(
            "leading-zero", "The size has a leading zero.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n05\n")),
        tree(
            "plus-sign", "The size has a plus.", .structure("malformed"), checkpoint.replacing("\n5\n", with: "\n+5\n")),
        tree(
            "negative-size", "The size is negative.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n-5\n")),
        tree(
            "size-in-hexadecimal", "The size is in hexadecimal.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n0x5\n")),
        tree(
            "size-with-a-space", "A space follows the size.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n5 \n")),
        tree(
            "empty-size", "The line of the size is empty.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n\n")),
        tree(
            "size-in-other-digits", "The size is an Arabic five.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n\u{665}\n")),
        tree(
            "size-of-2-to-the-63", "The size is over the limit.", .structure("too-large"),
            checkpoint.replacing("\n5\n", with: "\n9223372036854775808\n")),
        tree(
            "size-of-2-to-the-64", "The size needs 65 bits.", .structure("malformed"),
            checkpoint.replacing("\n5\n", with: "\n18446744073709551616\n")),
        tree(
            "short-root", "The root has 31 bytes.", .structure("malformed"),
            "\(origin)\n5\n\(Base64.encode([UInt8](repeating: 1, count: 31)))\n"),
        tree(
            "long-root", "The root has 33 bytes.", .structure("malformed"),
            "\(origin)\n5\n\(Base64.encode([UInt8](repeating: 1, count: 33)))\n"),
        tree(
            "root-without-padding", "The root's base64 is not padded.", .structure("malformed"),
            checkpoint.replacing("=\n", with: "\n")),
        tree(
            "root-in-hexadecimal", "The root is in hexadecimal.", .structure("malformed"),
            "\(origin)\n5\n\(Hexadecimal.encode([UInt8](repeating: 1, count: 32)))\n"),
        tree(
            "root-with-bits-left-over", "The root's base64 has bits that mean nothing.", .structure("malformed"),
            "\(origin)\n5\n\(String(repeating: "A", count: 42))B=\n"),
        tree(
            "empty-with-another-root", "An empty tree with a root of zeros.", .structure("malformed"),
            "\(origin)\n0\n\(Base64.encode([UInt8](repeating: 0, count: 32)))\n"),
        tree(
            "empty-extension-line", "An empty line, then another one, follow the root.", .structure("malformed"),
            checkpoint + "\nmore\n"),
    ]

    private static func root(_ entries: [[UInt8]]) -> String {
        Base64.encode(entries.isEmpty ? SHA256Digest(hashing: []).bytes : entries[0])
    }

    private static func tree(
        _ name: String, _ comment: String, _ verdict: Verdict, _ text: String, by party: Party = log,
        size: UInt64 = 5, root: [UInt8]? = nil
    ) -> Vector {
        var inputs = Dictionary(uniqueKeysWithValues: [
            plain("checkpoint", signed(text, by: party)), ("vkey", .text(logKey.text)), ("origin", .text(origin)),
        ])
        if case .accept = verdict {
            inputs["size"] = .number(size)
            inputs["root-hex"] = .hex(root == nil ? Checkpoint.root(size: size).bytes : SHA256Digest(hashing: []).bytes)
        }
        return Vector(.checkpoint, name, comment, verdict, inputs)
    }

    // MARK: Cosignatures

    private static let witness = Party("witness")
    private static let witnessKey = witnessKey(witness, "witness.example.org")
    private static let time: UInt64 = 1_700_000_000

    static let cosignatureVectors: [Vector] = [
        cosigned("cosigned", "A witness's cosignature.", .accept, cosigned()),
        cosigned("at-zero", "The time is 1970.", .accept, cosigned(at: 0), time: 0),
        cosigned("at-the-last-time", "The time is 2^63 - 1.", .accept, cosigned(at: 1 << 63 - 1), time: 1 << 63 - 1),
        cosigned(
            "of-an-extended-checkpoint", "The checkpoint has a line more, which is cosigned too.", .accept,
            cosigned(text: checkpoint + "more\n")),
        cosigned("of-an-empty-tree", "The tree is empty.", .accept, cosigned(text: "\(origin)\n0\n\(root([]))\n")),
        cosigned(
            "beside-another-witness", "Another witness cosigned too.", .accept,
            cosigned() + line(of: LedgerStory.stranger, as: "other.example.org")),
        cosigned(
            "before-the-log-line", "The witness's line comes before the log's.", .accept,
            Array("\(checkpoint)\n".utf8) + line(of: witness, as: "witness.example.org")
                + signed(checkpoint).suffix(from: checkpoint.utf8.count + 1)),
        cosigned("not-cosigned", "The log alone signed.", .tree("not-signed"), signed(checkpoint)),
        cosigned(
            "by-another-witness", "Only another witness cosigned.", .tree("not-signed"),
            signed(checkpoint) + line(of: LedgerStory.stranger, as: "other.example.org")),
        cosigned(
            "by-another-key-of-the-name", "Another key of the witness's name cosigned.", .tree("not-signed"),
            signed(checkpoint) + line(of: LedgerStory.stranger, as: "witness.example.org")),
        cosigned(
            "of-another-checkpoint", "The cosignature is of another tree.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org", text: Checkpoint.text(size: 4))),
        cosigned(
            "time-changed", "The time was changed after it was cosigned.", .tree("bad-signature"),
            signed(checkpoint)
                + line(of: witness, as: "witness.example.org") { content in
                    var changed = content
                    changed[11] ^= 1
                    return changed
                }),
        cosigned(
            "time-of-2-to-the-63", "The time is over the limit, and was signed.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org", at: 1 << 63)),
        cosigned(
            "time-in-milliseconds-signed", "What was signed says another unit than the line.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org", stated: time * 1000)),
        cosigned(
            "without-time", "The line has a signature and no time.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org") { $0.prefix(4) + $0.suffix(64) }),
        cosigned(
            "cut-short", "The signature has 63 bytes.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org") { Array($0.dropLast()) }),
        cosigned(
            "a-byte-too-long", "A byte follows the signature.", .tree("bad-signature"),
            signed(checkpoint) + line(of: witness, as: "witness.example.org") { $0 + [0] }),
        cosigned(
            "twice", "The witness's line is there twice.", .tree("bad-signature"),
            cosigned() + line(of: witness, as: "witness.example.org")),
        cosigned(
            "as-a-log-signs", "The witness signed the text itself, without a time.", .tree("not-signed"),
            signed(checkpoint)
                + signed(checkpoint, by: witness, as: "witness.example.org")
                .suffix(from: checkpoint.utf8.count + 1)),
        cosigned(
            "bit-flipped", "A bit of the signature is another.", .tree("bad-signature"),
            signed(checkpoint)
                + line(of: witness, as: "witness.example.org") { content in
                    var changed = content
                    changed[60] ^= 1
                    return changed
                }),
    ]

    private static func witnessKey(_ party: Party, _ name: String) -> VerifierKey {
        try! VerifierKey(name: name, publicKey: party.key.publicKey, use: .cosignature)
    }

    private static func cosigned(
        _ name: String, _ comment: String, _ verdict: Verdict, _ bytes: [UInt8], time: UInt64 = time
    ) -> Vector {
        var inputs = Dictionary(uniqueKeysWithValues: [
            plain("checkpoint", bytes), ("witness", .text(witnessKey.text)),
        ])
        if case .accept = verdict { inputs["time"] = .number(time) }
        return Vector(.cosignature, name, comment, verdict, inputs)
    }

    private static func cosigned(text: String = checkpoint, at time: UInt64 = time) -> [UInt8] {
        signed(text) + line(of: witness, as: "witness.example.org", text: text, at: time)
    }

    /// A cosignature's line, by C2SP tlog-cosignature: key ID, time, signature over the time and the text. `stated` is
    /// the time that is signed, where it is not the one in the line.
    private static func line(
        of party: Party, as name: String, text: String = checkpoint, at time: UInt64 = time, stated: UInt64? = nil,
        _ change: ([UInt8]) -> [UInt8] = { $0 }
    ) -> [UInt8] {
        let message = Array("cosignature/v1\ntime \(stated ?? time)\n\(text)".utf8)
        let content =
            withUnsafeBytes(of: witnessKey(party, name).keyID.bigEndian) { Array($0) }
            + withUnsafeBytes(of: time.bigEndian) { Array($0) } + party.key.signature(for: message)
        return Array("\(dash) \(name) \(Base64.encode(change(content)))\n".utf8)
    }

    // MARK: Policies

    private static let witnesses = ["a", "b", "c"].map { name in
        (name: name, party: Party("witness \(name)"), key: witnessKey(Party("witness \(name)"), "\(name).example.org"))
    }
    private static let logLine = "log \(logKey.text)\n"
    private static let witnessLines = witnesses.map { "witness \($0.name) \($0.key.text)\n" }.joined()

    static let policyVectors: [Vector] = [
        policy("log-alone", "The log's signature suffices.", .accept, "\(logLine)quorum none\n", by: []),
        policy(
            "one-witness", "The one witness of the quorum cosigned.", .accept,
            "\(logLine)\(witnessLines)quorum a\n", by: ["a"]),
        policy(
            "any-of-three", "One of three suffices.", .accept,
            "\(logLine)\(witnessLines)group g any a b c\nquorum g\n", by: ["c"]),
        policy(
            "all-of-three", "All three cosigned.", .accept,
            "\(logLine)\(witnessLines)group g all a b c\nquorum g\n", by: ["a", "b", "c"]),
        policy(
            "two-of-three", "Two of three cosigned.", .accept,
            "\(logLine)\(witnessLines)group g 2 a b c\nquorum g\n", by: ["a", "c"]),
        policy(
            "group-of-groups", "A group counts in a group.", .accept,
            "\(logLine)\(witnessLines)group g any a b\ngroup h all g c\nquorum h\n", by: ["b", "c"]),
        policy(
            "comments-and-spaces", "Comments, empty lines, tabs, and addresses.", .accept,
            "# ours\n\n\t\(logLine)witness\ta  \(witnesses[0].key.text) https://a.example.org/\nquorum a\n", by: ["a"]),
        policy(
            "two-logs", "One of two logs signed.", .accept,
            "log \(LogBuilder.verifierKey(of: LedgerStory.stranger).text)\n\(logLine)quorum none\n", by: []),
        policy(
            "witness-missing", "The quorum's witness did not cosign.", .tree("quorum-not-reached"),
            "\(logLine)\(witnessLines)quorum a\n", by: ["b", "c"]),
        policy(
            "one-of-two", "One of the two that are due cosigned.", .tree("quorum-not-reached"),
            "\(logLine)\(witnessLines)group g 2 a b c\nquorum g\n", by: ["b"]),
        policy(
            "one-short-of-all", "Two of three that are due cosigned.", .tree("quorum-not-reached"),
            "\(logLine)\(witnessLines)group g all a b c\nquorum g\n", by: ["a", "b"]),
        policy(
            "group-within-not-reached", "The inner group is not reached.", .tree("quorum-not-reached"),
            "\(logLine)\(witnessLines)group g all a b\ngroup h all g c\nquorum h\n", by: ["a", "c"]),
        policy("no-log", "The policy names no log.", .tree("not-signed"), "quorum none\n", by: []),
        policy(
            "log-under-another-name",
            "The log's key stands under another name than the origin, and signed with it too.",
            .tree("not-signed"),
            "log \(LogBuilder.verifierKey(of: log, origin: "example.org/log").text)\nquorum none\n", by: [],
            adding: Array(signed(checkpoint, as: "example.org/log").dropFirst(checkpoint.utf8.count + 1))),
        policy(
            "another-log", "The log that signed is not the policy's.", .tree("not-signed"),
            "log \(LogBuilder.verifierKey(of: LedgerStory.stranger).text)\nquorum none\n", by: []),
        policy(
            "bad-cosignature", "A witness's line does not verify; the quorum would be reached without it.",
            .tree("bad-signature"), "\(logLine)\(witnessLines)group g any a b c\nquorum g\n", by: ["a"],
            adding: line(of: witnesses[1].party, as: "b.example.org", text: Checkpoint.text(size: 4))),
        policy("no-quorum", "There is no quorum line.", .structure("malformed"), "\(logLine)\(witnessLines)", by: []),
        policy(
            "two-quorums", "There are two quorum lines.", .structure("malformed"),
            "\(logLine)\(witnessLines)quorum a\nquorum b\n", by: ["a", "b"]),
        policy(
            "quorum-unknown", "The quorum is not defined.", .structure("malformed"),
            "\(logLine)\(witnessLines)quorum d\n", by: ["a"]),
        policy(
            "quorum-before-its-witness", "The quorum is defined only below.", .structure("malformed"),
            "\(logLine)quorum a\n\(witnessLines)", by: ["a"]),
        policy(
            "group-of-the-unknown", "A group's member is not defined.", .structure("malformed"),
            "\(logLine)\(witnessLines)group g any a d\nquorum g\n", by: ["a"]),
        policy(
            "group-of-itself", "A group is its own member.", .structure("malformed"),
            "\(logLine)\(witnessLines)group g any a g\nquorum g\n", by: ["a"]),
        policy(
            "group-of-none", "A group that nobody need join.", .structure("malformed"),
            "\(logLine)\(witnessLines)group g 0 a b\nquorum g\n", by: ["a"]),
        policy(
            "group-of-too-many", "Three of two are due.", .structure("malformed"),
            "\(logLine)\(witnessLines)group g 3 a b\nquorum g\n", by: ["a", "b"]),
        policy(
            "group-with-a-leading-zero", "The number has a leading zero.", .structure("malformed"),
            "\(logLine)\(witnessLines)group g 01 a b\nquorum g\n", by: ["a"]),
        policy(
            "name-twice", "Two witnesses have one name.", .structure("malformed"),
            "\(logLine)witness a \(witnesses[0].key.text)\nwitness a \(witnesses[1].key.text)\nquorum a\n", by: ["a"]),
        policy(
            "key-twice", "Two witnesses have one key.", .structure("malformed"),
            "\(logLine)witness a \(witnesses[0].key.text)\nwitness b \(witnesses[0].key.text)\nquorum a\n", by: ["a"]),
        policy(
            "witness-called-none", "A witness has the name `none`.", .structure("malformed"),
            "\(logLine)witness none \(witnesses[0].key.text)\nquorum none\n", by: ["a"]),
        policy(
            "log-with-a-witness-key", "A log's key is of a witness's type.", .structure("unsupported-key"),
            "log \(witnesses[0].key.text)\nquorum none\n", by: []),
        policy(
            "witness-with-a-log-key", "A witness's key is of a log's type.", .structure("unsupported-key"),
            "\(logLine)witness a \(LogBuilder.verifierKey(of: LedgerStory.stranger).text)\nquorum a\n", by: []),
        policy(
            "unknown-word", "A line begins with a word that is none.", .structure("malformed"),
            "\(logLine)threshold 1\nquorum none\n", by: []),
        policy("empty", "The file is empty.", .structure("malformed"), "", by: []),
        policy(
            "no-last-newline", "The last line does not end.", .structure("malformed"), "\(logLine)quorum none", by: []),
        policy(
            "control-character", "A comment has a control character.", .structure("malformed"),
            "# \u{7}\n\(logLine)quorum none\n", by: []),
        policy("256-logs", "As many logs as there may be.", .accept, logLine + logs(255) + "quorum none\n", by: []),
        policy(
            "257-logs", "A log more than there may be.", .structure("too-large"),
            logLine + logs(256) + "quorum none\n", by: []),
        policy(
            "256-witnesses", "As many witnesses as there may be.", .accept,
            logLine + witnessLines + many(witnesses: 253) + "quorum a\n", by: ["a"]),
        policy(
            "257-witnesses", "A witness more than there may be.", .structure("too-large"),
            logLine + witnessLines + many(witnesses: 254) + "quorum a\n", by: ["a"]),
        policy(
            "256-groups", "As many groups as there may be, each with the one before it.", .accept,
            logLine + witnessLines + groups(256) + "quorum g256\n", by: ["a"]),
        policy(
            "257-groups", "A group more than there may be.", .structure("too-large"),
            logLine + witnessLines + groups(257) + "quorum g257\n", by: ["a"]),
    ]

    private static func logs(_ count: Int) -> String {
        (0..<count).map { "log \(LogBuilder.verifierKey(of: Party("log \($0)"), origin: "example.org/\($0)").text)\n" }
            .joined()
    }

    private static func many(witnesses count: Int) -> String {
        (0..<count).map { "witness w\($0) \(witnessKey(Party("witness \($0)"), "w\($0).example.org").text)\n" }.joined()
    }

    private static func groups(_ count: Int) -> String {
        (1...count).map { "group g\($0) any \($0 == 1 ? "a" : "g\($0 - 1)")\n" }.joined()
    }

    private static func policy(
        _ name: String, _ comment: String, _ verdict: Verdict, _ policy: String, by names: [String],
        adding line: [UInt8] = []
    ) -> Vector {
        let lines = witnesses.filter { names.contains($0.name) }.flatMap {
            Self.line(of: $0.party, as: "\($0.name).example.org")
        }
        return Vector(
            .policy, name, comment, verdict,
            Dictionary(uniqueKeysWithValues: [
                ("policy", .text(policy)), plain("checkpoint", signed(checkpoint) + lines + line),
            ]))
    }
}

extension Checkpoint {
    /// Some root for a tree of `size` entries.
    fileprivate static func root(size: UInt64) -> SHA256Digest { SHA256Digest(hashing: Array("root \(size)".utf8)) }

    /// A checkpoint's text.
    fileprivate static func text(size: UInt64) -> String {
        "\(LogBuilder.origin)\n\(size)\n\(Base64.encode(root(size: size).bytes))\n"
    }
}

extension [UInt8] {
    /// The bytes with a text put before the first place where another one begins.
    fileprivate func inserting(_ text: String, before other: String) -> [UInt8] {
        replacing(Array(other.utf8), with: Array((text + other).utf8), maxReplacements: 1)
    }
}
