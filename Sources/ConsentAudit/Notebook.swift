public import ConsentModel
public import LedgerCrypto
public import TransparencyLog

/// What an auditor wrote down after a verification without findings, to go on from: plain text that one can read (see
/// Documentation/verification.md). Whoever can change it can make the auditor believe anything; it is the auditor's own.
public struct Notebook: Hashable, Sendable {
    /// The largest notebook, in bytes.
    public static let maximumByteCount = 2 << 20
    private static let firstLine = "consent-notebook/v1"
    private static let mostKeys = 16

    /// The leaf hash of entry 0; `nil` for a log of opaque entries, or one that was empty.
    public let ledgerID: SHA256Digest?
    /// The log's keys as they were pinned, or taken from the log.
    public let verifierKeys: [VerifierKey]
    /// Whether the keys were pinned when the notebook was begun, or since.
    public let isKeyPinned: Bool
    /// Whether the ledger-id was.
    public let isLedgerIDPinned: Bool
    /// The level that the whole tree of `checkpoint` was verified at.
    public let level: VerificationLevel
    /// Whether entries were any bytes.
    public let isOpaque: Bool
    /// The size that was verified first.
    public let firstSize: UInt64
    /// When, by the auditor's clock.
    public let firstVerifiedAt: Timestamp
    /// When `checkpoint` was verified, by the auditor's clock.
    public let verifiedAt: Timestamp
    /// The checkpoint that was verified last, as it came.
    public let checkpoint: SignedCheckpoint

    /// The log's origin.
    public var origin: String { checkpoint.checkpoint.origin }

    /// What to write down after `report`, which was made with `pins` and, if there is one, with the notebook `earlier`.
    /// `nil` if there is nothing to write: there are findings, the level is below `tree`, or it is below the one in the
    /// notebook, which would lose what is known.
    public init?(after report: VerificationReport, pins: Pins, following earlier: Notebook?, at time: Timestamp) {
        guard report.holds, report.level >= .tree, let checkpoint = report.checkpoint,
            earlier.map({ $0.level <= report.level && $0.isOpaque == report.isOpaque }) ?? true
        else { return nil }
        ledgerID = report.facts.ledgerID
        verifierKeys = Array(report.trustedKeys.prefix(Self.mostKeys))
        isKeyPinned = report.isKeyPinned || earlier?.isKeyPinned == true
        isLedgerIDPinned = pins.ledgerID != nil || earlier?.isLedgerIDPinned == true
        level = report.level
        isOpaque = report.isOpaque
        firstSize = earlier?.firstSize ?? checkpoint.checkpoint.size
        firstVerifiedAt = earlier?.firstVerifiedAt ?? time
        verifiedAt = time
        self.checkpoint = checkpoint
    }

    /// Reads a notebook. Throws `malformedNotebook` unless it is exactly what `text` gives.
    public init(parsing bytes: [UInt8]) throws(AuditError) {
        guard bytes.count <= Self.maximumByteCount else { throw Self.malformed("it is longer than any") }
        let newline = UInt8(ascii: "\n")
        guard let end = bytes.indices.dropFirst().first(where: { bytes[$0] == newline && bytes[$0 - 1] == newline })
        else { throw Self.malformed("it has no empty line before a checkpoint: it is cut off, or something else") }
        guard let head = String(validating: bytes[..<(end - 1)], as: UTF8.self) else {
            throw Self.malformed("it is not UTF-8")
        }
        var lines = head.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(String.init) == Self.firstLine else {
            throw Self.malformed("its first line is not “\(Self.firstLine)”")
        }
        func value(_ name: String) throws(AuditError) -> String {
            guard let line = lines.popFirst(), line.hasPrefix(name + " ") else {
                throw Self.malformed("it has no line “\(name)” in its place")
            }
            return String(line.dropFirst(name.count + 1))
        }
        let origin = try value("origin")
        let id = try value("ledger-id")
        ledgerID = id == "none" ? nil : Hexadecimal.decode(id).flatMap { SHA256Digest($0) }
        guard id == "none" || ledgerID != nil else { throw Self.malformed("its ledger-id is not one") }
        var keys: [VerifierKey] = []
        while lines.first?.hasPrefix("vkey ") == true, keys.count < Self.mostKeys {
            let text = try value("vkey")
            guard let key = try? VerifierKey(text), key.use == .note else {
                throw Self.malformed("“\(text.prefix(120))” is not a log's vkey")
            }
            keys.append(key)
        }
        verifierKeys = keys
        let pinned = try value("pinned")
        isKeyPinned = pinned == "vkey" || pinned == "vkey, ledger-id"
        isLedgerIDPinned = pinned == "ledger-id" || pinned == "vkey, ledger-id"
        guard isKeyPinned || isLedgerIDPinned || pinned == "nothing" else {
            throw Self.malformed("“\(pinned.prefix(80))” says nothing of what was pinned")
        }
        let levelName = try value("level")
        guard let level = VerificationLevel(name: levelName), level >= .tree else {
            throw Self.malformed("“\(levelName.prefix(80))” is no level that a notebook can hold")
        }
        self.level = level
        let entries = try value("entries")
        guard entries == "records" || entries == "opaque" else { throw Self.malformed("its entries are of no kind") }
        isOpaque = entries == "opaque"
        guard let firstSize = UInt64(try value("first-size")),
            let firstVerifiedAt = try? OccurredAt(parsing: try value("first-verified-at")).start,
            let verifiedAt = try? OccurredAt(parsing: try value("verified-at")).start
        else { throw Self.malformed("a size or a time in it is none") }
        self.firstSize = firstSize
        self.firstVerifiedAt = firstVerifiedAt
        self.verifiedAt = verifiedAt
        do { checkpoint = try SignedCheckpoint(parsing: Array(bytes[(end + 1)...])) } catch {
            throw Self.malformed("\(error)")
        }
        guard checkpoint.checkpoint.origin.utf8.elementsEqual(origin.utf8), Array(text.utf8) == bytes else {
            throw Self.malformed("it is not in the one form that it could have")
        }
    }

    /// The notebook as it is kept.
    public var text: String {
        let pinned =
            switch (isKeyPinned, isLedgerIDPinned) {
            case (true, true): "vkey, ledger-id"
            case (true, false): "vkey"
            case (false, true): "ledger-id"
            case (false, false): "nothing"
            }
        let lines =
            [Self.firstLine, "origin \(origin)", "ledger-id \(ledgerID?.description ?? "none")"]
            + verifierKeys.map { "vkey \($0.text)" } + [
                "pinned \(pinned)", "level \(level)", "entries \(isOpaque ? "opaque" : "records")",
                "first-size \(firstSize)", "first-verified-at \(firstVerifiedAt)", "verified-at \(verifiedAt)", "",
            ]
        return lines.joined(separator: "\n") + "\n" + String(decoding: checkpoint.bytes, as: UTF8.self)
    }

    private static func malformed(_ reason: String) -> AuditError {
        AuditError(
            .malformedNotebook,
            "this is not a notebook: \(reason). Name the notebook of this log, or a file that is not there yet to begin one"
        )
    }
}
