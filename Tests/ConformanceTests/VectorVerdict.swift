import ConsentAudit
import ConsentModel
import DamagedLedgers
import Foundation
import LedgerCrypto
import TransparencyLog

/// What this software makes of a vector's file, with nothing but what is in the file.
struct VectorVerdict: Equatable, CustomStringConvertible {
    /// `nil` if it is taken.
    var rejection: Rejection?

    struct Rejection: Equatable {
        let layer: String
        let code: String
    }

    static let accepted = VectorVerdict(rejection: nil)

    static func rejected(_ layer: VerificationLevel, _ code: String) -> VectorVerdict {
        VectorVerdict(rejection: Rejection(layer: "\(layer)", code: code))
    }

    var description: String { rejection.map { "reject \($0.layer) \($0.code)" } ?? "accept" }

    /// What the file says must come of it.
    init(expectedBy file: VectorFile) throws {
        switch try file.text("expect") {
        case "accept": rejection = nil
        case "reject": rejection = Rejection(layer: try file.text("layer"), code: try file.text("code"))
        case let other: throw VectorFile.Problem(description: "“\(other)” is neither accept nor reject")
        }
    }

    init(rejection: Rejection?) { self.rejection = rejection }

    /// What comes of it here.
    init(of file: VectorFile, in area: Vector.Area) async throws {
        self =
            switch area {
            case .encoding: try Self.encoding(file)
            case .statement: try Self.statement(file)
            case .record: try Self.record(file)
            case .links: try await Self.links(file)
            case .merkle: try Self.merkle(file)
            case .note: try Self.note(file)
            case .checkpoint: try Self.checkpoint(file)
            case .cosignature: try Self.cosignature(file)
            case .policy: try Self.policy(file)
            case .proof: try Self.proof(file)
            case .clearance: try Self.clearance(file)
            case .anchor: try Self.anchor(file)
            case .stamp: try Self.stamp(file)
            case .clearanceDirectory: try Self.clearanceDirectory(file)
            }
    }

    private static func stamp(_ file: VectorFile) throws -> VectorVerdict {
        let checkpoint = try SignedCheckpoint(parsing: try file.bytes("checkpoint"))
        let roots = try TimeStampRoots(pem: try file.bytes("roots"))
        do {
            let response = try TimeStampResponse(parsing: try file.bytes("response"))
            let tree = try SeenTree(
                of: checkpoint, stampedBy: response, nonce: file.has("nonce") ? try file.bytes("nonce") : nil,
                policy: file.has("policy") ? try file.text("policy") : nil, roots: roots)
            guard file.has("latest") else { return .accepted }
            let isThen =
                try tree.earliest.milliseconds == file.number("earliest")
                && tree.time.milliseconds == file.number("latest")
            return isThen ? .accepted : .rejected(.replay, "another-time")
        } catch let error as CryptoError {
            switch error.code {
            case .malformed, .notGranted: return .rejected(.structure, error.code.name)
            case .otherDigest: return .rejected(.tree, error.code.name)
            default: return .rejected(.signatures, error.code.name)
            }
        }
    }

    private static func encoding(_ file: VectorFile) throws -> VectorVerdict {
        var decoder = CBORDecoder(try file.bytes("item"))
        return judge(.structure) {
            try decoder.skipItem(depth: 8)
            try decoder.end()
        }
    }

    private static func statement(_ file: VectorFile) throws -> VectorVerdict {
        let bytes = try file.bytes("statement")
        let context = StatementContext(
            origin: try file.text("origin"), ledgerID: try file.bytes("ledger-id"), business: try file.text("business"),
            handles: try file.list("handles").compactMap { ContactHandle($0) })
        let key = try file.publicKey("public-key")
        let form = judge(.structure) {
            let statement = try Statement(decoding: bytes[...])
            _ = try Payload(decoding: statement.payload[...])
        }
        guard form == .accepted else { return form }
        return try Statement(decoding: bytes[...]).isSigned(by: key, for: context)
            ? .accepted : .rejected(.signatures, Finding.Code.badSignature.name)
    }

    private static func record(_ file: VectorFile) throws -> VectorVerdict {
        let bytes = try file.bytes("record")
        let index = try file.number("index")
        return judge(.structure) {
            let record = try Record(decoding: bytes[...])
            guard record.index == index else { throw VectorFile.Problem(description: Finding.Code.wrongIndex.name) }
            _ = try Payload(decoding: Statement(decoding: record.statement[...]).payload[...])
        }
    }

    private static func links(_ file: VectorFile) async throws -> VectorVerdict {
        var log = MemoryLog()
        var tiles = TileBuilder()
        var bundle = EntryBundle()
        for entry in try file.list("entries") {
            try bundle.append(entry)
            tiles.append(MerkleHash.leaf(entry))
        }
        log.files[Tile(.entries, index: 0, width: bundle.count).path] = bundle.bytes
        for tile in tiles.takeTiles() { log.files[tile.tile.path] = tile.bytes }
        let checkpoint = try file.bytes("checkpoint")
        log.files["checkpoint"] = checkpoint
        let size = String(bundle.count)
        log.files["checkpoints/" + String(repeating: "0", count: 20 - size.count) + size] = checkpoint
        let key = try file.text("vkey")
        log.files["log.vkey"] = Array("\(key)\n".utf8)
        let report = try await Verifier(reader: log, pins: Pins(verifierKey: VerifierKey(key))).verify(level: .tree)
        return lowest(report.findings)
    }

    private static func merkle(_ file: VectorFile) throws -> VectorVerdict {
        switch try file.text("kind") {
        case "root":
            var edge = RightEdge()
            for entry in try file.list("entries") { edge.append(MerkleHash.leaf(entry)) }
            return try edge.root == file.digest("root")
                ? .accepted : .rejected(.tree, TransparencyLogError.Code.doesNotVerify.name)
        case "inclusion":
            let proof = InclusionProof(
                index: try file.number("index"), size: try file.number("size"), hashes: try file.digests("proof"))
            let (leaf, root) = (try file.digest("leaf-hash"), try file.digest("root"))
            return judge(.tree) { try proof.verify(leafHash: leaf, root: root) }
        case "consistency":
            let proof = ConsistencyProof(
                oldSize: try file.number("old-size"), newSize: try file.number("size"),
                hashes: try file.digests("proof"))
            let (old, new) = (try file.digest("old-root"), try file.digest("root"))
            return judge(.tree) { try proof.verify(oldRoot: old, newRoot: new) }
        case "bundle":
            let (bytes, count) = (try file.bytes("bundle"), try file.number("count"))
            return judge(.structure) { _ = try EntryBundle(parsing: bytes, count: Int(count)) }
        case let other: throw VectorFile.Problem(description: "“\(other)” is no kind of Merkle vector")
        }
    }

    private static func note(_ file: VectorFile) throws -> VectorVerdict {
        let (bytes, keys) = (try file.bytes("note"), try file.texts("vkeys"))
        let form = judge(.structure) {
            _ = try SignedNote(parsing: bytes)
            for key in keys { _ = try VerifierKey(key) }
        }
        guard form == .accepted else { return form }
        return judge(.tree) { _ = try SignedNote(parsing: bytes).verify(with: keys.map { try VerifierKey($0) }) }
    }

    private static func checkpoint(_ file: VectorFile) throws -> VectorVerdict {
        let (bytes, origin) = (try file.bytes("checkpoint"), try file.text("origin"))
        let key = try VerifierKey(try file.text("vkey"))
        let form = judge(.structure) {
            let signed = try SignedCheckpoint(parsing: bytes)
            guard signed.checkpoint.origin.utf8.elementsEqual(origin.utf8) else {
                throw VectorFile.Problem(description: Finding.Code.wrongOrigin.name)
            }
        }
        guard form == .accepted else { return form }
        let signed = try SignedCheckpoint(parsing: bytes)
        if file.has("size") {
            guard try signed.checkpoint.size == file.number("size"), try signed.checkpoint.root == file.digest("root")
            else { throw VectorFile.Problem(description: "read as another checkpoint") }
        }
        return judge(.tree) { _ = try signed.note.verify(with: [key]) }
    }

    private static func cosignature(_ file: VectorFile) throws -> VectorVerdict {
        let signed = try SignedCheckpoint(parsing: try file.bytes("checkpoint"))
        let witness = try VerifierKey(try file.text("witness"))
        let verdict = judge(.tree) { _ = try signed.note.verify(with: [witness]) }
        if verdict == .accepted {
            let times = try signed.note.verify(with: [witness]).map(\.timestamp)
            guard times == [try file.number("time")] else {
                throw VectorFile.Problem(description: "cosigned at another time: \(times)")
            }
        }
        return verdict
    }

    private static func policy(_ file: VectorFile) throws -> VectorVerdict {
        let (policy, checkpoint) = (try file.bytes("policy"), try file.bytes("checkpoint"))
        let form = judge(.structure) { _ = try WitnessPolicy(parsing: policy) }
        guard form == .accepted else { return form }
        return judge(.tree) {
            _ = try SignedCheckpoint(parsing: checkpoint).verify(under: WitnessPolicy(parsing: policy))
        }
    }

    private static func proof(_ file: VectorFile) throws -> VectorVerdict {
        let bytes = try file.bytes("proof")
        let policy = try trusted(file)
        guard !policy.logs.isEmpty else { return namesNoLog }
        let ledgerID = file.has("ledger-id") ? try file.digest("ledger-id") : nil
        let form = judge(.structure) { _ = try ProofFile(parsing: bytes) }
        guard form == .accepted else { return form }
        let report = ProofVerifier(policy: policy, ledgerID: ledgerID).verify(try ProofFile(parsing: bytes))
        return lowest(report.findings)
    }

    private static func clearance(_ file: VectorFile) throws -> VectorVerdict {
        let bytes = try file.bytes("clearance")
        let verifier = try clearanceVerifier(file)
        let form = judge(.structure) { _ = try ShownDecision(parsing: bytes) }
        guard form == .accepted else { return form }
        return lowest(verifier.verify(try ShownDecision(parsing: bytes)).findings)
    }

    private static func clearanceDirectory(_ file: VectorFile) throws -> VectorVerdict {
        guard file.has("clearance"), file.has("leaves") else { return .rejected(.structure, "cannot-be-read") }
        let bytes = try file.bytes("clearance")
        let form = judge(.structure) { _ = try SignedClearance(reading: bytes) }
        guard form == .accepted else { return form }
        // In pieces that end anywhere.
        var pieces = stride(from: 0, to: try file.bytes("leaves").count, by: 100).map { $0 }[...]
        let leaves = try file.bytes("leaves")
        let report = try clearanceVerifier(file).verify(
            try SignedClearance(reading: bytes),
            leaves: { pieces.popFirst().map { Array(leaves[$0..<min($0 + 100, leaves.count)]) } })
        return lowest(report.findings)
    }

    private static func anchor(_ file: VectorFile) throws -> VectorVerdict {
        let clearance = try SignedClearance(parsing: file.bytes("clearance")).clearance
        let record = try LoggedEvent(Record(decoding: file.bytes("record")[...]))
        var path: AnchorPath?
        var form = accepted
        if file.has("anchor") { form = judge(.structure) { path = try AnchorPath(parsing: file.bytes("anchor")) } }
        guard form == .accepted else { return form }
        return ClearanceAnchor(record, of: clearance, by: path) != nil ? .accepted : .rejected(.tree, "not-anchored")
    }

    private static func clearanceVerifier(_ file: VectorFile) throws -> ClearanceVerifier {
        ClearanceVerifier(
            keys: try trusted(file).logs, ledgerID: try file.digest("ledger-id"),
            at: Timestamp(milliseconds: try file.number("at")))
    }

    /// Whom the file trusts: the log of a pinned key, or those of a policy.
    private static func trusted(_ file: VectorFile) throws -> WitnessPolicy {
        try file.has("policy")
            ? WitnessPolicy(parsing: file.bytes("policy")) : WitnessPolicy(logs: [VerifierKey(file.text("vkey"))])
    }

    /// What the command says of a policy without a log, whatever is in the file.
    private static let namesNoLog = VectorVerdict.rejected(.structure, "bad-input")

    // MARK: Verdicts

    /// The lowest layer that finds something, and the first of it there.
    private static func lowest(_ findings: [Finding]) -> VectorVerdict {
        guard let level = findings.map(\.level).min(), let first = findings.first(where: { $0.level == level }) else {
            return .accepted
        }
        return .rejected(level, first.code.name)
    }

    private static func judge(_ level: VerificationLevel, _ body: () throws -> Void) -> VectorVerdict {
        do {
            try body()
            return .accepted
        } catch let error as ModelError {
            return .rejected(level, error.code.name)
        } catch let error as TransparencyLogError {
            return .rejected(level, error.code.name)
        } catch let error as AuditError {
            return .rejected(level, error.code.name)
        } catch let error as VectorFile.Problem {
            return .rejected(level, error.description)
        } catch {
            return .rejected(level, "\(error)")
        }
    }
}
