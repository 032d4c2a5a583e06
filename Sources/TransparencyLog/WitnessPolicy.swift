/// Which logs are trusted, and how many of which witnesses must have cosigned a checkpoint: a C2SP tlog-policy file.
/// The URLs of logs in it are read over.
public struct WitnessPolicy: Sendable {
    /// The name of a witness or group within a policy: any bytes but whitespace, compared as bytes.
    public struct Name: Hashable, Sendable, CustomStringConvertible {
        /// The name as it stands in the file.
        public let bytes: [UInt8]

        public init(_ name: String) { bytes = Array(name.utf8) }

        fileprivate init(_ word: ArraySlice<UInt8>) { bytes = Array(word) }

        /// The name as text; bytes that are not UTF-8 show as U+FFFD.
        public var description: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// A witness that the policy knows.
    public struct Witness: Hashable, Sendable {
        /// What the policy calls it.
        public let name: Name
        /// Its cosignature key.
        public let key: VerifierKey
        /// Where it takes requests, its submission prefix (C2SP tlog-witness), as it stands in the file; `nil` if it does not.
        public let url: String?
    }

    /// Counts as one witness when at least `threshold` of its members, at least one, do.
    private struct Group {
        let name: Name
        let threshold: Int
        let members: [Name]
    }

    /// The largest policy, in bytes.
    public static let maximumByteCount = 1 << 20
    /// The most logs, the most witnesses, and the most groups.
    public static let maximumCount = 256
    private static let none = Name("none")

    /// The keys that a checkpoint may be signed with; each one's name is its log's origin.
    public private(set) var logs: [VerifierKey] = []
    /// The witnesses, in the order of the file.
    public private(set) var witnesses: [Witness] = []
    /// In the order of the file, so that members come before their group.
    private var groups: [Group] = []
    /// A witness or a group; `nil` where no cosignature is asked for.
    private var quorum: Name?

    /// Trusts `logs` without any witness.
    public init(logs: [VerifierKey]) {
        self.logs = logs
    }

    /// The same witnesses and quorum for `logs` instead of the policy's own: for who pins a log's key.
    public func trusting(logs: [VerifierKey]) -> WitnessPolicy {
        var policy = self
        policy.logs = logs
        return policy
    }

    /// Whether the policy's quorum is reached when exactly `cosigned` have cosigned.
    public func isQuorum(_ cosigned: Set<Name>) -> Bool {
        guard let quorum else { return true }
        var reached = cosigned.intersection(witnesses.map(\.name))
        for group in groups where group.members.count(where: reached.contains) >= group.threshold {
            reached.insert(group.name)
        }
        return reached.contains(quorum)
    }
}

/// The file: a line each, words separated by spaces and tabs, comments after `#`.
extension WitnessPolicy {
    /// Reads a policy file. Throws `malformed` for whatever the specification does not allow, naming the line,
    /// `unsupportedKey` for a log or witness key of a type that is not verified here, and `tooLarge` over the limits.
    public init(parsing bytes: [UInt8]) throws(TransparencyLogError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw TransparencyLogError(
                .tooLarge, "a policy has at most \(Self.maximumByteCount) bytes; this one has \(bytes.count)")
        }
        guard bytes.last == UInt8(ascii: "\n") else {
            throw TransparencyLogError(.malformed, "the policy is empty, or its last line does not end in a newline")
        }
        var draft = Draft()
        var number = 0
        for line in bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            do {
                try draft.read(line)
            } catch {
                throw TransparencyLogError(error.code, "line \(number) of the policy: \(error.description)")
            }
        }
        guard draft.hasQuorum else {
            throw TransparencyLogError(
                .malformed, "the policy has no quorum line; “quorum none” asks for no cosignatures")
        }
        self = draft.policy
    }

    private struct Draft {
        var policy = WitnessPolicy(logs: [])
        var hasQuorum = false
        private var defined: Set<Name> = []
        private var members: Set<Name> = []

        mutating func read(_ line: ArraySlice<UInt8>) throws(TransparencyLogError) {
            let space = UInt8(ascii: " ")
            let tab = UInt8(ascii: "\t")
            guard line.allSatisfy({ ($0 >= space && $0 != 0x7f) || $0 == tab }) else {
                throw TransparencyLogError(.malformed, "there are control characters in it")
            }
            let words = line.split { $0 == space || $0 == tab }
            guard let keyword = words.first, keyword.first != UInt8(ascii: "#") else { return }
            switch (String(decoding: keyword, as: UTF8.self), words.count) {
            case ("log", 2...3): try readLog(words[1])
            case ("witness", 3...4):
                try readWitness(
                    Name(words[1]), words[2], url: words.count > 3 ? String(decoding: words[3], as: UTF8.self) : nil)
            case ("group", 4...): try readGroup(Name(words[1]), words[2], words[3...].map { Name($0) })
            case ("quorum", 2): try readQuorum(Name(words[1]))
            default:
                throw TransparencyLogError(
                    .malformed,
                    "it is none of “log <vkey> [<url>]”, “witness <name> <vkey> [<url>]”, "
                        + "“group <name> <all|any|number> <name>…” and “quorum <name>”")
            }
        }

        private mutating func readLog(_ vkey: ArraySlice<UInt8>) throws(TransparencyLogError) {
            let key = try Self.key(vkey, for: .note)
            guard !policy.logs.contains(where: { $0.publicKey == key.publicKey }) else {
                throw TransparencyLogError(.malformed, "another log has the same public key")
            }
            try Self.limit(policy.logs.count, "logs")
            policy.logs.append(key)
        }

        private mutating func readWitness(
            _ name: Name, _ vkey: ArraySlice<UInt8>, url: String?
        ) throws(TransparencyLogError) {
            let key = try Self.key(vkey, for: .cosignature)
            guard !policy.witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
                throw TransparencyLogError(.malformed, "another witness has the same public key")
            }
            try Self.limit(policy.witnesses.count, "witnesses")
            try define(name)
            policy.witnesses.append(Witness(name: name, key: key, url: url))
        }

        private mutating func readGroup(
            _ name: Name, _ count: ArraySlice<UInt8>, _ names: [Name]
        ) throws(TransparencyLogError) {
            for member in names {
                guard defined.contains(member) else {
                    throw TransparencyLogError(.malformed, "“\(member)” is not defined on a line before")
                }
                guard members.insert(member).inserted else {
                    throw TransparencyLogError(.malformed, "“\(member)” is a member of a group already")
                }
            }
            let threshold: Int
            switch String(decoding: count, as: UTF8.self) {
            case "all": threshold = names.count
            case "any": threshold = 1
            default:
                guard let number = UInt64(canonicalDecimal: count), 1...UInt64(names.count) ~= number else {
                    throw TransparencyLogError(
                        .malformed,
                        "a group of \(names.count) is reached by all, any, or a number from 1 to \(names.count)")
                }
                threshold = Int(number)
            }
            try Self.limit(policy.groups.count, "groups")
            try define(name)
            policy.groups.append(Group(name: name, threshold: threshold, members: names))
        }

        private mutating func readQuorum(_ name: Name) throws(TransparencyLogError) {
            guard !hasQuorum else { throw TransparencyLogError(.malformed, "there is a quorum line already") }
            guard name == WitnessPolicy.none || defined.contains(name) else {
                throw TransparencyLogError(.malformed, "“\(name)” is not defined on a line before")
            }
            hasQuorum = true
            policy.quorum = name == WitnessPolicy.none ? nil : name
        }

        private mutating func define(_ name: Name) throws(TransparencyLogError) {
            guard name != WitnessPolicy.none, defined.insert(name).inserted else {
                throw TransparencyLogError(.malformed, "the name “\(name)” is taken")
            }
        }

        private static func key(
            _ vkey: ArraySlice<UInt8>, for use: VerifierKey.Use
        ) throws(TransparencyLogError) -> VerifierKey {
            guard let text = String(plainText: vkey) else {
                throw TransparencyLogError(.malformed, "the verifier key is not UTF-8")
            }
            let key = try VerifierKey(text)
            guard key.use == use else {
                throw TransparencyLogError(
                    .unsupportedKey,
                    "a log's key is of signature type 1 and a witness's of type 4; this one is of type \(key.use.rawValue)"
                )
            }
            return key
        }

        private static func limit(_ count: Int, _ what: String) throws(TransparencyLogError) {
            guard count < WitnessPolicy.maximumCount else {
                throw TransparencyLogError(.tooLarge, "a policy has at most \(WitnessPolicy.maximumCount) \(what)")
            }
        }
    }
}
