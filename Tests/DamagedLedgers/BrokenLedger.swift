public import ConsentAudit
internal import LedgerCrypto
internal import TransparencyLog

/// A small ledger with one lie in it, or one that looks odd and must hold.
public struct BrokenLedger: Sendable {
    /// What a verifier must make of it.
    public enum Expectation: Sendable {
        /// No finding at any level.
        case holds
        /// The lowest level that finds something, what kinds of things it finds there, and, where the lie is about a
        /// record, the first one's index.
        case fails(VerificationLevel, codes: Set<Finding.Code>, index: UInt64?)
    }

    /// The directory it is kept in: what was done.
    public let name: String
    /// The lie in one sentence.
    public let about: String
    public let expectation: Expectation
    /// What the auditor has from elsewhere.
    public let pins: Pins
    /// The files by their paths below `log/`.
    public let log: MemoryLog

    /// All of them.
    public static let all: [BrokenLedger] =
        brokenStructure + brokenTree + brokenSignatures + brokenReplay + wholeLedgers

    /// The story told differently: whoever tells it holds the keys of the log and of all sources. The auditor knows the
    /// honest one, unless `pinsItself`.
    static func told(
        _ name: String, _ about: String, _ expectation: Expectation, pinsItself: Bool = false,
        _ change: (inout LedgerStory) -> Void
    ) -> BrokenLedger {
        var story = LedgerStory()
        let honest = story.told().pins
        change(&story)
        let log = story.told()
        return BrokenLedger(
            name: name, about: about, expectation: expectation, pins: pinsItself ? log.pins : honest, log: log.log)
    }

    /// The honest story's files changed, by who holds the disk.
    static func tampered(
        _ name: String, _ about: String, _ expectation: Expectation, _ change: (inout MemoryLog) -> Void
    ) -> BrokenLedger {
        let honest = LedgerStory().told()
        var log = honest.log
        change(&log)
        return BrokenLedger(name: name, about: about, expectation: expectation, pins: honest.pins, log: log)
    }

    /// The symbolic links that are kept in the repository, by path below the ledger's directory.
    public var keptLinks: [String: String] {
        Dictionary(uniqueKeysWithValues: log.links.map { ("log/\($0.key)", $0.value) })
    }

    /// What is kept in the repository, by path below the ledger's directory.
    public var keptFiles: [String: [UInt8]] {
        var files = Dictionary(uniqueKeysWithValues: log.files.map { ("log/\($0.key)", $0.value) })
        files["about"] = Array("\(about)\n".utf8)
        files["expect"] = Array(expectation.text.utf8)
        files["pins"] = Array(
            [
                pins.verifierKey.map { "vkey \($0.text)\n" }, pins.ledgerID.map { "ledger-id \($0)\n" },
                pins.origin.map { "origin \($0)\n" },
            ].compactMap { $0 }.joined().utf8)
        return files
    }
}

extension BrokenLedger.Expectation {
    static func structure(_ codes: String..., at index: UInt64? = nil) -> Self { fails(.structure, codes, index) }
    static func tree(_ codes: String..., at index: UInt64? = nil) -> Self { fails(.tree, codes, index) }
    static func signatures(_ codes: String..., at index: UInt64? = nil) -> Self { fails(.signatures, codes, index) }
    static func replay(_ codes: String..., at index: UInt64? = nil) -> Self { fails(.replay, codes, index) }

    private static func fails(_ level: VerificationLevel, _ codes: [String], _ index: UInt64?) -> Self {
        .fails(level, codes: Set(codes.map(Finding.Code.init(name:))), index: index)
    }

    /// The `expect` file: a word and a value a line.
    var text: String {
        switch self {
        case .holds: "ok\n"
        case .fails(let level, let codes, let index):
            "layer \(level)\n" + codes.map(\.name).sorted().map { "code \($0)\n" }.joined()
                + (index.map { "index \($0)\n" } ?? "")
        }
    }
}
